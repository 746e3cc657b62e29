import t from 'tap';
import type { HttpFlow } from '../../../../src/flow/flow.js';
import { MetadataEncoder } from '../../../../src/serialize/native/metadata/metadata-encoder.js';
import { type ChainRecord, WHOLE_CHAINS, WrittenChains } from '../../../../src/serialize/shared/certificates.js';
import { fullHttpFlow } from '../../sample-flows.js';

function newEncoder(chains: ChainRecord): MetadataEncoder {
  return new MetadataEncoder({ chains, packFacts: () => Buffer.from([0x80]) });
}

function encoded(encoder: MetadataEncoder, flow: HttpFlow): Buffer {
  encoder.encode(flow, []);
  return Buffer.from(encoder.bytes.subarray(0, encoder.length));
}

/** Encodes as if the chains of the flow's connections were written, and nothing else. */
function encodedAnew(flow: HttpFlow): Buffer {
  const chains = new WrittenChains();
  for (const { id, tls } of [flow.client, flow.server])
    if (tls?.certificates.length) chains.leafOnly(id, tls.certificates);
  return encoded(newEncoder(chains), flow);
}

t.test('a connection that changed between two flows is encoded anew', async (t) => {
  const changes: Record<string, (flow: HttpFlow) => void> = {
    nothing: () => {},
    'end of the client': ({ client }) => {
      client.timestampEnd = 5;
    },
    'error of the client': ({ client }) => {
      client.error = 'other';
    },
    'mode of the client': ({ client }) => {
      client.mode = 'socks5';
    },
    'start of the client': ({ client }) => {
      client.timestampStart = 7;
    },
    'peer of the client': ({ client }) => {
      client.peer = ['192.0.2.9', 9];
    },
    'local address of the client': ({ client }) => {
      client.local = undefined;
    },
    'transport of the client': ({ client }) => {
      client.transport = 'udp';
    },
    'id of the client': ({ client }) => {
      client.id = '00000000-0000-4000-8000-000000000000';
    },
    'TLS of the client': ({ client }) => {
      client.tls = undefined;
    },
    'SNI of the client': ({ client }) => {
      client.tls!.sni = 'other.example';
    },
    'ALPN of the client': ({ client }) => {
      client.tls!.alpn = 'h2';
    },
    'ALPN offers of the client': ({ client }) => {
      client.tls!.alpnOffers = ['h2'];
    },
    'cipher of the client': ({ client }) => {
      client.tls!.cipher = 'other';
    },
    'cipher offers of the client': ({ client }) => {
      client.tls!.cipherOffers = [1, 2];
    },
    'TLS version of the client': ({ client }) => {
      client.tls!.version = 'TLSv1.2';
    },
    'handshake of the client': ({ client }) => {
      client.tls!.timestampSetup = 9;
    },
    'address of the server': ({ server }) => {
      server.address = ['other.example', 80];
    },
    'upstream proxy': ({ server }) => {
      server.via = { scheme: 'http', address: ['proxy.example', 3128] };
    },
    'TCP of the server': ({ server }) => {
      server.timestampTcpSetup = 3;
    },
    'certificates of the server': ({ server }) => {
      server.tls!.certificates = [];
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    const chains = new WrittenChains();
    const encoder = newEncoder(chains);
    const flow = fullHttpFlow();
    for (let count = 0; count < 4; count++) encoded(encoder, flow);
    t.same(encoded(encoder, flow), encodedAnew(flow), `before: ${name}`);
    change(flow);
    // The first flow after a change may have a chain of its own.
    encoded(encoder, flow);
    for (let count = 0; count < 3; count++) t.same(encoded(encoder, flow), encodedAnew(flow), name);
  }
});

t.test('a forgotten chain is written again', async (t) => {
  const chains = new WrittenChains();
  const encoder = newEncoder(chains);
  const flow = fullHttpFlow();
  const first = encoded(encoder, flow);
  for (let count = 0; count < 3; count++) t.notSame(encoded(encoder, flow), first);
  chains.clear();
  t.same(encoded(encoder, flow), first);
});

t.test('without a record of chains each flow has its whole chain', async (t) => {
  const encoder = newEncoder(WHOLE_CHAINS);
  const flow = fullHttpFlow();
  const first = encoded(encoder, flow);
  for (let count = 0; count < 3; count++) t.same(encoded(encoder, flow), first);
});
