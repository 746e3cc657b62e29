import t, { type Test } from 'tap';
import type { HostRules } from '../../../src/engine/client/passthrough/passthrough.js';
import type { EngineOptions } from '../../../src/engine/index.js';
import type { Flow } from '../../../src/flow/flow.js';
import type { Addon, HookTable } from '../../../src/flow/hooks/hooks.js';
import { fireHooks } from '../../../src/flow/hooks/replay-hooks.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { FORMATS } from '../../../src/serialize/formats.js';
import { failOnError, MemorySink, policy, readAll } from '../../serialize/flows.js';
import { dispatcherOf } from '../../support/dispatcher.js';
import { HookNotes } from '../../support/hook-notes.js';
import { answering, OK, RawOrigin, type Script } from '../../support/raw-origin.js';
import { TestProxy } from '../../support/test-proxy.js';
import type { Wire } from '../../support/wire.js';

interface Scene {
  addon?: Addon;
  options?: (origin: RawOrigin) => Partial<EngineOptions>;
  hostRules?: HostRules;
  script?: Script;
  act: (client: Wire, origin: RawOrigin, proxy: TestProxy) => void | Promise<void>;
  /** The hooks of the flow, live and read. */
  hooks: string;
}

const GET = (origin: RawOrigin, fields = '') => `GET http://${origin.authority}/ HTTP/1.1\r\n${fields}\r\n`;
const CONNECT = ({ authority }: RawOrigin) => `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
const EXCHANGE = 'requestHeaders request responseHeaders response';
const UPGRADE: Script = async (wire) => {
  await wire.has('\r\n\r\n');
  wire.send('HTTP/1.1 101 Hi\r\n\r\n');
  await wire.has('ping');
  wire.send('pong');
};
const WEBSOCKET = 'HTTP/1.1 101 Hi\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
/** A WebSocket on which the server says something, waits for an answer, and does what a scene wants. */
const chatting =
  (act: (wire: Wire) => void, fields = ''): Script =>
  async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send(`${WEBSOCKET}${fields}\r\n\x81\x01a`);
    await wire.has('\x81\x81');
    act(wire);
  };
const OPEN = (origin: RawOrigin) => GET(origin, 'Upgrade: websocket\r\nConnection: Upgrade\r\n');
/** Answers with a text of one byte. */
const answerChat = async (client: Wire, origin: RawOrigin): Promise<void> => {
  client.send(OPEN(origin));
  await client.has('\x81\x01a');
  client.send('\x81\x81\0\0\0\0b');
};
const kill = (
  hook: 'requestHeaders' | 'request' | 'responseHeaders' | 'response' | 'tcpStart' | 'websocketStart',
): Addon => ({
  [hook]: (flow: Flow) => flow.kill(),
});
const answer = (hook: 'requestHeaders' | 'request' | 'responseHeaders' | 'httpConnect'): Addon => ({
  [hook]: (flow: HookTable[typeof hook]) => {
    flow.response = HttpResponse.make(403, 'no');
  },
});

const SCENES: Record<string, Scene> = {
  'an exchange': {
    script: answering(OK),
    act: (client, origin) => client.send(GET(origin)),
    hooks: `${EXCHANGE} flowEnd`,
  },
  'a response without a body': {
    script: answering('HTTP/1.1 204 None\r\n\r\n'),
    act: (client, origin) => client.send(GET(origin)),
    hooks: `${EXCHANGE} flowEnd`,
  },
  'chunks and trailers': {
    script: async (wire) => {
      await wire.has('0\r\nA: 1\r\n\r\n');
      wire.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nB: 1\r\n\r\n');
    },
    act: (client, { authority }) =>
      client.send(
        `POST http://${authority}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: 1\r\n\r\n`,
      ),
    hooks: `${EXCHANGE} flowEnd`,
  },
  'an event stream': {
    script: answering('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 2\r\n\r\n\n\n'),
    act: (client, origin) => client.send(GET(origin)),
    hooks: `${EXCHANGE} flowEnd`,
  },
  'a head that is refused': { act: (client, origin) => client.send(GET(origin, 'A : 1\r\n')), hooks: 'error flowEnd' },
  'framing that is refused': {
    act: (client, origin) => client.send(GET(origin, 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n')),
    hooks: 'error flowEnd',
  },
  'a client without credentials': {
    addon: { authenticate: () => {} },
    act: (client, origin) => client.send(GET(origin)),
    hooks: 'flowEnd',
  },
  'a CONNECT without credentials': {
    addon: { authenticate: () => {} },
    act: (client, origin) => client.send(CONNECT(origin)),
    hooks: 'httpConnectError flowEnd',
  },
  'a CONNECT that an addon refuses': {
    addon: answer('httpConnect'),
    act: (client, origin) => client.send(CONNECT(origin)),
    hooks: 'httpConnect httpConnectError flowEnd',
  },
  'a CONNECT that is killed': {
    addon: { httpConnect: (flow) => flow.kill() },
    act: (client, origin) => client.send(CONNECT(origin)),
    hooks: 'httpConnect httpConnectError flowEnd',
  },
  'a CONNECT to a server that cannot be reached': {
    act: (client, origin) => {
      origin.close();
      client.send(CONNECT(origin));
    },
    hooks: 'httpConnect httpConnectError flowEnd',
  },
  'a CONNECT to a reverse proxy': {
    options: ({ authority }) => ({ mode: [`reverse:http://${authority}`] }),
    act: (client, origin) => client.send(CONNECT(origin)),
    hooks: 'httpConnectError flowEnd',
  },
  'a CONNECT that another proxy refuses': {
    script: answering('HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno'),
    act: async (client, origin) => {
      client.send(CONNECT(origin));
      await client.has('\r\n\r\n');
      client.send('CONNECT there.test:81 HTTP/1.1\r\n\r\n');
    },
    hooks: 'httpConnect httpConnectError flowEnd',
  },
  'a CONNECT that another proxy refuses, with an answer that breaks off': {
    script: async (wire) => {
      await wire.has('\r\n\r\n');
      wire.end('HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nno');
    },
    act: async (client, origin) => {
      client.send(CONNECT(origin));
      await client.has('\r\n\r\n');
      client.send('CONNECT there.test:81 HTTP/1.1\r\n\r\n');
    },
    hooks: 'httpConnect httpConnectError flowEnd',
  },
  'a server that cannot be reached': {
    act: (client, origin) => {
      origin.close();
      client.send(GET(origin));
    },
    hooks: 'requestHeaders request error flowEnd',
  },
  'a server that closes without an answer': {
    script: async (wire) => {
      await wire.has('\r\n\r\n');
      wire.end();
    },
    act: (client, origin) => client.send(GET(origin)),
    hooks: 'requestHeaders request error flowEnd',
  },
  'a server that sends no HTTP': {
    script: answering('what?\r\n\r\n'),
    act: (client, origin) => client.send(GET(origin)),
    hooks: 'requestHeaders request error flowEnd',
  },
  'a response that breaks off': {
    script: async (wire) => {
      await wire.has('\r\n\r\n');
      wire.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab');
    },
    act: (client, origin) => client.send(GET(origin)),
    hooks: 'requestHeaders request responseHeaders error flowEnd',
  },
  'a request that breaks off': {
    act: (client, { authority }) => client.end(`POST http://${authority}/ HTTP/1.1\r\nContent-Length: 5\r\n\r\nab`),
    hooks: 'requestHeaders error flowEnd',
  },
  'a client that leaves': {
    script: async (wire) => wire.has('\r\n\r\n'),
    act: async (client, origin) => {
      client.send(GET(origin));
      await (await origin.connection()).has('\r\n\r\n');
      client.reset();
    },
    hooks: 'requestHeaders request error flowEnd',
  },
  'an exchange that is interrupted': {
    script: async (wire) => wire.has('\r\n\r\n'),
    act: async (client, origin, proxy) => {
      client.send(GET(origin));
      await (await origin.connection()).has('\r\n\r\n');
      await proxy.engine.stop(0);
    },
    hooks: 'requestHeaders request error flowEnd',
  },
  'killed at the head of the request': {
    addon: kill('requestHeaders'),
    act: (client, origin) => client.send(GET(origin)),
    hooks: 'requestHeaders error flowEnd',
  },
  'killed at the request': {
    addon: kill('request'),
    act: (client, origin) => client.send(GET(origin)),
    hooks: 'requestHeaders request error flowEnd',
  },
  'killed at the head of the response': {
    addon: kill('responseHeaders'),
    script: answering(OK),
    act: (client, origin) => client.send(GET(origin)),
    hooks: 'requestHeaders request responseHeaders error flowEnd',
  },
  'killed at the response': {
    addon: kill('response'),
    script: answering(OK),
    act: (client, origin) => client.send(GET(origin)),
    hooks: `${EXCHANGE} error flowEnd`,
  },
  'answered at the head of the request': {
    addon: answer('requestHeaders'),
    act: (client, origin) => client.send(GET(origin)),
    hooks: `${EXCHANGE} flowEnd`,
  },
  'answered at the request': {
    addon: answer('request'),
    act: (client, origin) => client.send(GET(origin)),
    hooks: `${EXCHANGE} flowEnd`,
  },
  'answered, and killed at the head of the request': {
    addon: {
      requestHeaders: (flow) => {
        flow.response = HttpResponse.make(403, 'no');
        flow.kill();
      },
    },
    act: (client, origin) => client.send(GET(origin)),
    hooks: 'requestHeaders error flowEnd',
  },
  'answered, and killed at the head of the response': {
    addon: { ...answer('requestHeaders'), ...kill('responseHeaders') },
    act: (client, origin) => client.send(GET(origin)),
    hooks: 'requestHeaders request responseHeaders error flowEnd',
  },
  'answered in place of the server': {
    addon: answer('responseHeaders'),
    script: answering(OK),
    act: (client, origin) => client.send(GET(origin)),
    hooks: `${EXCHANGE} flowEnd`,
  },
  'an upgrade': {
    script: async (wire) => {
      await UPGRADE(wire, 0);
      wire.end();
    },
    act: async (client, origin) => {
      client.send(GET(origin, 'Upgrade: x\r\n'));
      await client.has('\r\n\r\n');
      client.end('ping');
    },
    hooks: `${EXCHANGE} flowEnd`,
  },
  'an upgrade that breaks off': {
    script: async (wire) => {
      await UPGRADE(wire, 0);
      wire.reset();
    },
    act: async (client, origin) => {
      client.send(GET(origin, 'Upgrade: x\r\n'));
      await client.has('\r\n\r\n');
      client.send('ping');
    },
    hooks: `${EXCHANGE} error flowEnd`,
  },
  'a WebSocket': {
    script: chatting((wire) => wire.end('\x89\x00\x88\x02\x03\xe8')),
    act: async (client, origin) => {
      await answerChat(client, origin);
      await client.has('\x88');
      client.end('\x88\x82\0\0\0\0\x03\xe8');
    },
    hooks: `${EXCHANGE} websocketStart websocketMessage:61 websocketMessage:62 websocketMessage: websocketEnd flowEnd`,
  },
  'a WebSocket that breaks off': {
    script: chatting((wire) => wire.reset()),
    act: answerChat,
    hooks: `${EXCHANGE} websocketStart websocketMessage:61 websocketMessage:62 websocketEnd error flowEnd`,
  },
  'a WebSocket whose client leaves': {
    script: chatting(() => {}),
    act: async (client, origin) => {
      await answerChat(client, origin);
      await (await origin.connection()).has('\x81\x81');
      client.reset();
    },
    hooks: `${EXCHANGE} websocketStart websocketMessage:61 websocketMessage:62 websocketEnd error flowEnd`,
  },
  'a WebSocket that is refused': {
    script: chatting((wire) => wire.send('\x81\x01\xff')),
    act: answerChat,
    hooks: `${EXCHANGE} websocketStart websocketMessage:61 websocketMessage:62 websocketEnd error flowEnd`,
  },
  'a WebSocket that is killed': {
    addon: kill('websocketStart'),
    script: chatting(() => {}),
    act: (client, origin) => client.send(OPEN(origin)),
    hooks: `${EXCHANGE} websocketStart websocketEnd error flowEnd`,
  },
  'a WebSocket that is interrupted': {
    script: chatting(() => {}),
    act: async (client, origin, proxy) => {
      await answerChat(client, origin);
      await (await origin.connection()).has('\x81\x81');
      await proxy.engine.stop(0);
    },
    hooks: `${EXCHANGE} websocketStart websocketMessage:61 websocketMessage:62 websocketEnd error flowEnd`,
  },
  'a WebSocket with extensions that are not known': {
    script: chatting((wire) => wire.end(), 'Sec-WebSocket-Extensions: x-other\r\n'),
    act: async (client, origin) => {
      await answerChat(client, origin);
      client.end();
    },
    hooks: `${EXCHANGE} flowEnd`,
  },
  'a WebSocket that is not parsed': {
    options: () => ({ websocket: false }),
    script: chatting((wire) => wire.end()),
    act: async (client, origin) => {
      await answerChat(client, origin);
      client.end();
    },
    hooks: `${EXCHANGE} flowEnd`,
  },
  'other bytes': {
    script: async (wire) => {
      await wire.has('\0');
      wire.end('\xff');
    },
    act: async (client, origin) => {
      client.send(CONNECT(origin));
      await client.has('\r\n\r\n');
      client.end('\0');
    },
    hooks: 'tcpStart tcpMessage:00 tcpMessage:ff tcpEnd flowEnd',
  },
  'other bytes that break off': {
    script: async (wire) => {
      await wire.has('\0');
      wire.reset();
    },
    act: async (client, origin) => {
      client.send(CONNECT(origin));
      await client.has('\r\n\r\n');
      client.send('\0');
    },
    hooks: 'tcpStart tcpMessage:00 error flowEnd',
  },
  'other bytes that are killed': {
    addon: kill('tcpStart'),
    act: async (client, origin) => {
      client.send(CONNECT(origin));
      await client.has('\r\n\r\n');
      client.send('\0');
    },
    hooks: 'tcpStart error flowEnd',
  },
  'an ignored connection': {
    options: () => ({ showIgnoredHosts: true }),
    hostRules: { allow: undefined, ignore: () => true, tcp: undefined },
    script: (wire) => wire.end('hello'),
    act: async (client, origin) => {
      client.send(CONNECT(origin));
      await client.has('hello');
      client.end();
    },
    hooks: 'flowEnd',
  },
  'an ignored connection that is interrupted': {
    options: () => ({ showIgnoredHosts: true }),
    hostRules: { allow: undefined, ignore: () => true, tcp: undefined },
    script: (wire) => wire.send('hello'),
    act: async (client, origin, proxy) => {
      client.send(CONNECT(origin));
      await client.has('hello');
      await proxy.engine.stop(0);
    },
    hooks: 'flowEnd',
  },
  'other bytes that are interrupted': {
    script: (wire) => wire.send('\xff'),
    act: async (client, origin, proxy) => {
      client.send(CONNECT(origin));
      await client.has('\xff');
      await proxy.engine.stop(0);
    },
    hooks: 'tcpStart tcpMessage:ff error flowEnd',
  },
};

t.test('a flow has the same hooks live and when it is read', async (t) => {
  for (const [name, scene] of Object.entries(SCENES)) {
    await t.test(name, async (t) => {
      const { live, broken, file } = await record(t, scene);
      t.equal(live, scene.hooks, 'live');
      t.equal(broken, '', 'live');
      const { flows } = await readAll([file]);
      t.equal(flows.length, 1);
      const read = new HookNotes();
      await fireHooks(dispatcherOf(read.addon()), flows[0]!, policy);
      t.equal(read.of(flows[0]!), scene.hooks, 'read');
      t.equal(read.broken(flows[0]!), '', 'read');
    });
  }
});

/** Plays a scene. @returns the hooks of its flow, what was promised of them and was not so, and the capture */
async function record(
  t: Test,
  { script, addon, options, hostRules, act }: Scene,
): Promise<{ live: string; broken: string; file: Buffer }> {
  const origin = await RawOrigin.start(t, script);
  const sink = new MemorySink();
  const writer = await FORMATS.native.createWriter(sink, { policy, onError: failOnError });
  const notes = new HookNotes();
  const addons = [...(addon ? [addon] : []), notes.addon((flow) => writer.write(flow))];
  const proxy = await TestProxy.start(t, { addons, options: options?.(origin) ?? {}, ...(hostRules && { hostRules }) });
  const client = await proxy.connect();
  await act(client, origin, proxy);
  const { flow } = await proxy.flow();
  await writer.close();
  return { live: notes.of(flow), broken: notes.broken(flow), file: sink.bytes };
}
