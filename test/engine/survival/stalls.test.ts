import t, { type Test } from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { OK, type Script } from '../../support/raw-origin.js';
import { type Setup, setup } from '../../support/setup.js';
import type { Wire } from '../../support/wire.js';
import { othersAreServed } from './support.js';

t.jobs = 12;

const LARGE = Buffer.alloc(20_000_000);
const GET = (url: string): string => `GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`;

function holding(hook: 'request' | 'response'): Addon[] {
  return [{ [hook]: () => {} }];
}

const serves =
  (head: string, body: string | Buffer = ''): Script =>
  async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
    wire.send(body);
  };
const readsNothing: Script = (wire) => void wire.socket.pause();

interface Case {
  script?: Script;
  addons?: Addon[];
  client(client: Wire, url: string): void;
  error: string;
  /** Undefined if the client is cut off. */
  status?: number;
}

const CASES: Record<string, Case> = {
  'a client that sends nothing more': {
    client: (client, url) => client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 10\r\n\r\nsome`),
    error: 'The client sent nothing for 0.2 s inside a body (stall_timeout).',
    status: 408,
  },
  'a client that sends no more chunks': {
    client: (client, url) => client.send(`POST ${url}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n`),
    error: 'The client sent nothing for 0.2 s inside a body (stall_timeout).',
    status: 408,
  },
  'the same, held': {
    addons: holding('request'),
    client: (client, url) => client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 10\r\n\r\nsome`),
    error: 'The client sent nothing for 0.2 s inside a body (stall_timeout).',
    status: 408,
  },
  'a server that takes nothing': {
    script: readsNothing,
    client: (client, url) => {
      client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: ${LARGE.length}\r\n\r\n`);
      client.send(LARGE);
    },
    error: 'The server read nothing for 0.2 s inside a body (stall_timeout).',
    status: 504,
  },
  'a server that takes nothing of what was held': {
    script: readsNothing,
    addons: holding('request'),
    client: (client, url) => {
      client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: ${LARGE.length}\r\n\r\n`);
      client.send(LARGE);
    },
    error: 'The server read nothing for 0.2 s inside a body (stall_timeout).',
    status: 504,
  },
  'a server that sends nothing more': {
    script: serves('Content-Length: 10', 'some'),
    client: (client, url) => client.send(GET(url)),
    error: 'The server sent nothing for 0.2 s inside a body (stall_timeout).',
  },
  'a server that sends no more, with its end as the end': {
    script: serves('A: b', 'some'),
    client: (client, url) => client.send(GET(url)),
    error: 'The server sent nothing for 0.2 s inside a body (stall_timeout).',
  },
  'a server that sends no more of what is held': {
    script: serves('Content-Length: 10', 'some'),
    addons: holding('response'),
    client: (client, url) => client.send(GET(url)),
    error: 'The server sent nothing for 0.2 s inside a body (stall_timeout).',
    status: 504,
  },
  'a client that takes nothing': {
    script: serves(`Content-Length: ${LARGE.length}`, LARGE),
    client: (client, url) => {
      client.socket.pause();
      client.send(GET(url));
    },
    error: 'The client read nothing for 0.2 s inside a body (stall_timeout).',
  },
  'a client that takes nothing of what was held': {
    script: serves(`Content-Length: ${LARGE.length}`, LARGE),
    addons: holding('response'),
    client: (client, url) => {
      client.socket.pause();
      client.send(GET(url));
    },
    error: 'The client read nothing for 0.2 s inside a body (stall_timeout).',
  },
};

const stalling = (t: Test, script?: Script, addons: Addon[] = []): Promise<Setup> =>
  setup(t, script, { addons, options: { stallTimeout: 0.2 } });

for (const [name, { script, addons, client: begin, error, status }] of Object.entries(CASES)) {
  t.test(`${name} is given up`, async (t) => {
    const found = await stalling(t, script, addons);
    const { client, proxy, url } = found;
    begin(client, url);
    if (status !== undefined) t.match(await client.whole(), new RegExp(`^HTTP/1\\.1 ${status} `));
    else {
      const { flow } = await proxy.http();
      client.socket.resume();
      await client.whole();
      t.equal(flow.response?.statusCode, 200);
    }
    t.equal((await proxy.http()).flow.error?.message, error);
    await othersAreServed(t, found);
  });
}

t.test('event streams and tunnels are not', async (t) => {
  const { client, origin, proxy, url } = await stalling(t, async (wire, index) => {
    await wire.has('\r\n\r\n');
    if (index === 0) wire.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
    if (index === 2) wire.send('HTTP/1.1 101 Hi\r\n\r\n');
    if (index === 4) wire.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome');
  });
  client.send(GET(url));
  await client.has('data: 1');
  const polling = await proxy.connect();
  polling.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 4\r\n\r\nwait`);
  const upgraded = await proxy.connect();
  await (await origin.connection(1)).has('wait');
  upgraded.send(`GET ${url}/ HTTP/1.1\r\nUpgrade: x\r\n\r\n`);
  await upgraded.has('101');
  const expecting = await proxy.connect();
  expecting.send(`POST ${url}/ HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`);
  await (await origin.connection(3)).has('Expect');
  // When this one has been given up, the others have been looked at as often.
  const stalled = await proxy.connect();
  stalled.send(GET(url));
  t.match((await proxy.http()).flow.error?.message, 'stall_timeout');
  t.equal(proxy.ended.length, 1);

  origin.connections[0]!.send('data: 2\n\n');
  await client.has('data: 2');
  origin.connections[1]!.send(OK);
  await polling.has(OK);
  origin.connections[2]!.send('hello');
  await upgraded.has('hello');
  origin.connections[3]!.send('HTTP/1.1 100 Continue\r\n\r\n');
  await expecting.has('100 Continue');
  expecting.send('body');
  await origin.connections[3]!.has('body');
  origin.connections[3]!.send(OK);
  await expecting.has(OK);
});

t.test('a slow body is not', async (t) => {
  let more = true;
  const { client, proxy, url } = await stalling(t, async (wire, index) => {
    await wire.has('\r\n\r\n');
    if (index === 1) return wire.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome');
    wire.send('HTTP/1.1 200 OK\r\n\r\n');
    while (more) {
      wire.send('x');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return wire.end();
  });
  client.send(GET(url));
  await client.has('x');
  const stalled = await proxy.connect();
  stalled.send(GET(url));
  t.match((await proxy.http()).flow.error?.message, 'stall_timeout');
  more = false;
  await client.whole();
  t.equal((await proxy.http(2)).flow.error, undefined);
});
