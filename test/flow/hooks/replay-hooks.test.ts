import t from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { ClientConnection, ServerConnection } from '../../../src/flow/connection.js';
import { newDnsMessage } from '../../../src/flow/dns-message.js';
import { DnsFlow, type Flow, HttpFlow, TcpFlow, UdpFlow } from '../../../src/flow/flow.js';
import { type Addon, HOOK_NAMES, type HookName } from '../../../src/flow/hooks/hooks.js';
import { fireHooks } from '../../../src/flow/hooks/replay-hooks.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import type { LiveMessage } from '../../../src/flow/message-log/live-message.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { FORMATS } from '../../../src/serialize/formats.js';
import { failOnError, MemorySink, readAll } from '../../serialize/flows.js';
import { dispatcherOf } from '../../support/dispatcher.js';
import { HookNotes } from '../../support/hook-notes.js';
import { later } from '../../support/later.js';

const spool = new SpoolPolicy();
const ERROR = { message: 'broken off', timestamp: 3 };

/** Notes the hooks that are called; messages with their content. */
function recorder(names: readonly HookName[], wait: boolean): { addon: Addon; seen: string[] } {
  const seen: string[] = [];
  const hooks = names.map((name) => {
    const note = (argument: unknown) => {
      const message = (argument as { message?: LiveMessage } | undefined)?.message;
      seen.push(message ? `${name} ${message.content}` : name);
    };
    const noteLater = async (argument: unknown) => {
      await later();
      note(argument);
    };
    return [name, wait ? noteLater : note];
  });
  return { addon: Object.fromEntries(hooks), seen };
}

interface HttpParts {
  method?: string;
  whole?: boolean;
  answered?: boolean;
  answerWhole?: boolean;
  failed?: boolean;
  websocket?: boolean;
}

function http({
  method = 'GET',
  whole = true,
  answered = true,
  answerWhole = true,
  failed,
  websocket,
}: HttpParts): Flow {
  const request = new HttpRequest({
    method,
    scheme: 'http',
    host: 'a',
    port: 80,
    authority: '',
    path: '/',
    httpVersion: 'HTTP/1.1',
    headers: new Headers(),
  });
  request.body.complete = whole;
  if (whole) request.timestampEnd = 1;
  const flow = new HttpFlow(new ClientConnection(), new ServerConnection(), request, 1);
  if (answered) {
    flow.response = HttpResponse.make(websocket ? 101 : 200);
    flow.response.body.complete = answerWhole;
    flow.response.timestampStart = 2;
    if (answerWhole) flow.response.timestampEnd = 2;
  }
  if (failed) flow.error = ERROR;
  if (websocket) {
    flow.websocket = { byClient: true, code: 1000, reason: '', timestamp: 2 };
    flow.messages = messages();
  }
  return flow;
}

function messages(): MessageLog {
  const log = new MessageLog();
  log.keepIn(spool);
  for (const [at, text] of ['one', 'two', 'three'].entries()) {
    log.append({ fromClient: at % 2 === 0, opcode: 1, timestamp: at, content: Buffer.from(text) });
  }
  return log;
}

function tcp(failed = false): TcpFlow {
  const flow = new TcpFlow(new ClientConnection(), new ServerConnection(), messages(), 1);
  if (failed) flow.error = ERROR;
  return flow;
}

function udp(failed = false): UdpFlow {
  const flow = new UdpFlow(new ClientConnection(), new ServerConnection(), messages(), 1);
  if (failed) flow.error = ERROR;
  return flow;
}

function dns(answered: boolean, failed = false): DnsFlow {
  const message = newDnsMessage();
  const flow = new DnsFlow(new ClientConnection(), new ServerConnection(), message, 1);
  if (answered) flow.response = message;
  if (failed) flow.error = ERROR;
  return flow;
}

const CASES: [string, () => Flow, string][] = [
  ['an exchange', () => http({}), 'requestHeaders request responseHeaders response flowEnd'],
  ['no answer', () => http({ answered: false, failed: true }), 'requestHeaders request error flowEnd'],
  ['a request cut off', () => http({ whole: false, answered: false, failed: true }), 'requestHeaders error flowEnd'],
  [
    'a response cut off',
    () => http({ answerWhole: false, failed: true }),
    'requestHeaders request responseHeaders error flowEnd',
  ],
  ['a failed CONNECT', () => http({ method: 'CONNECT', failed: true }), 'httpConnect httpConnectError flowEnd'],
  [
    'a WebSocket',
    () => http({ websocket: true }),
    'requestHeaders request responseHeaders response websocketStart ' +
      'websocketMessage one websocketMessage two websocketMessage three websocketEnd flowEnd',
  ],
  [
    'a failed WebSocket',
    () => http({ websocket: true, answerWhole: false, failed: true }),
    'requestHeaders request responseHeaders response websocketStart ' +
      'websocketMessage one websocketMessage two websocketMessage three websocketEnd error flowEnd',
  ],
  ['a tunnel', () => tcp(), 'tcpStart tcpMessage one tcpMessage two tcpMessage three tcpEnd flowEnd'],
  ['a failed tunnel', () => tcp(true), 'tcpStart tcpMessage one tcpMessage two tcpMessage three error flowEnd'],
  ['datagrams', () => udp(), 'udpStart udpMessage one udpMessage two udpMessage three udpEnd flowEnd'],
  ['failed datagrams', () => udp(true), 'udpStart udpMessage one udpMessage two udpMessage three error flowEnd'],
  ['a name', () => dns(true), 'dnsRequest dnsResponse flowEnd'],
  ['a name without answer', () => dns(false, true), 'dnsRequest error flowEnd'],
  ['a name that failed behind its answer', () => dns(true, true), 'dnsRequest dnsResponse error flowEnd'],
  ['an ignored connection', () => withFact('ignored', tcp()), 'flowEnd'],
  ['an ignored connection that was interrupted', () => withFact('ignored', tcp(true)), 'flowEnd'],
  ['a refused request', () => withFact('refused', http({ failed: true, answered: false })), 'error flowEnd'],
  ['a request without credentials', () => withFact('refused', http({})), 'flowEnd'],
  [
    'a refused CONNECT',
    () => withFact('refused', http({ method: 'CONNECT', failed: true })),
    'httpConnectError flowEnd',
  ],
  ['a CONNECT that no error is known of', () => http({ method: 'CONNECT' }), 'httpConnect flowEnd'],
];

function withFact(fact: 'ignored' | 'refused', flow: Flow): Flow {
  flow.metadata[fact] = true;
  return flow;
}

for (const wait of [false, true]) {
  for (const [what, make, expected] of CASES) {
    const { addon, seen } = recorder(HOOK_NAMES, wait);
    await fireHooks(dispatcherOf(addon), make(), spool);
    t.equal(seen.join(' '), expected, `${what}, ${wait ? 'asynchronous' : 'synchronous'} hooks`);
  }
}

t.test('from a file: one error hook for a flow with an error, none for another, and flowEnd once, last', async (t) => {
  for (const format of ['native', 'jsonl', 'mitmproxy'] as const) {
    for (const [what, make] of CASES) {
      const sink = new MemorySink();
      const writer = await FORMATS[format].createWriter(sink, { policy: spool, onError: failOnError });
      await writer.write(make());
      await writer.close();
      const { flows } = await readAll([sink.bytes]);
      t.equal(flows.length, 1);
      const notes = new HookNotes();
      await fireHooks(dispatcherOf(notes.addon()), flows[0]!, spool);
      t.equal(notes.broken(flows[0]!), '', `${format}: ${what}`);
    }
  }
});

t.test('changes of the error by an addon do not change which hooks are called', async (t) => {
  for (const [what, make, expected] of CASES) {
    const failed = make().error !== undefined;
    for (const hook of HOOK_NAMES.filter((name) => expected.split(' ').includes(name))) {
      const toggling: Addon = {
        [hook]: (argument: Flow | { flow: Flow }) => {
          const flow = 'flow' in argument ? argument.flow : argument;
          flow.error = failed ? undefined : ERROR;
        },
      };
      const notes = new HookNotes();
      const flow = make();
      await fireHooks(dispatcherOf(toggling, notes.addon()), flow, spool);
      t.equal(notes.broken(flow, failed), '', `${what}, in ${hook}`);
    }
  }
});

t.test('costs no promise where nothing is asynchronous', async (t) => {
  const { addon } = recorder(['requestHeaders', 'response', 'flowEnd', 'tcpEnd'], false);
  for (const [what, make] of CASES) t.equal(fireHooks(dispatcherOf(addon), make(), spool), undefined, what);
});

t.test('a hook waits for the one before', async (t) => {
  const late = recorder(['request'], true);
  const early = recorder(['responseHeaders', 'flowEnd'], false);
  late.addon.responseHeaders = () => {
    t.same(late.seen, ['request']);
    t.same(early.seen, []);
  };
  await fireHooks(dispatcherOf(late.addon, early.addon), http({}), spool);
  t.same(early.seen, ['responseHeaders', 'flowEnd']);
});

t.test('an answer that an addon gives', async (t) => {
  const { addon, seen } = recorder(['responseHeaders', 'response', 'flowEnd'], false);
  const flow = http({ answered: false }) as HttpFlow;
  const answering: Addon = {
    request: () => {
      flow.response = HttpResponse.make(204);
    },
  };
  await fireHooks(dispatcherOf(answering, addon), flow, spool);
  t.same(seen, ['responseHeaders', 'response', 'flowEnd']);
});

t.test('the times of an answer that an addon gives', async (t) => {
  const table: [what: string, hook: 'requestHeaders' | 'request' | 'response', parts: HttpParts, times: unknown][] = [
    ['those of the one that it replaces', 'requestHeaders', {}, [2, 2]],
    ['the same', 'request', {}, [2, 2]],
    ['the same', 'response', {}, [2, 2]],
    ['the end of the request', 'requestHeaders', { answered: false }, [1, 1]],
    ['the same', 'request', { answered: false }, [1, 1]],
    ['none if the flow failed, as it was not sent', 'request', { answered: false, failed: true }, [0, undefined]],
  ];
  for (const [what, hook, parts, times] of table) {
    const flow = http(parts) as HttpFlow;
    const answering: Addon = {
      [hook]: () => {
        flow.response = HttpResponse.make(204);
      },
    };
    await fireHooks(dispatcherOf(answering), flow, spool);
    const { timestampStart, timestampEnd } = flow.response!;
    t.same([timestampStart, timestampEnd], times, `${hook}: ${what}`);
  }
  const flow = http({}) as HttpFlow;
  const timed: Addon = {
    response: () => {
      flow.response = HttpResponse.make(204);
      flow.response.timestampStart = 7;
      flow.response.timestampEnd = 8;
    },
  };
  await fireHooks(dispatcherOf(timed), flow, spool);
  t.same([flow.response!.timestampStart, flow.response!.timestampEnd], [7, 8], 'its own times stay');
});

t.test('messages that an addon changes', async (t) => {
  const changes: [string, Addon['tcpMessage'], string[]][] = [
    ['first', ({ message }) => change(message, 'one', 'ONE'), ['ONE', 'two', 'three']],
    ['last', ({ message }) => change(message, 'three', ''), ['one', 'two', '']],
    ['dropped', ({ message }) => change(message, 'two', undefined), ['one', '(two)', 'three']],
    [
      'all dropped',
      ({ message }) => change(message, String(message.content), undefined),
      ['(one)', '(two)', '(three)'],
    ],
    [
      'later',
      async ({ message }) => {
        await later();
        change(message, 'two', 'TWO');
      },
      ['one', 'TWO', 'three'],
    ],
  ];
  for (const [what, tcpMessage, expected] of changes) {
    const flow = tcp();
    flow.source = { format: 'test' };
    await fireHooks(dispatcherOf({ tcpMessage }), flow, spool);
    const found: string[] = [];
    for await (const { content, dropped } of flow.messages) found.push(dropped ? `(${content})` : String(content));
    t.same(found, expected, what);
    t.equal(flow.messages.count, expected.length, `${what}: count`);
    t.equal(flow.source, undefined, `${what}: is not copied as it was read`);
  }
});

function change(message: LiveMessage, from: string, to: string | undefined): void {
  if (String(message.content) !== from) return;
  if (to === undefined) message.drop();
  else message.content = Buffer.from(to);
}

t.test('messages without an addon that changes them', async (t) => {
  const flow = tcp();
  const { messages } = flow;
  t.ok(messages.stored, 'all of them count as memory');
  const before = spool.inMemory;
  flow.source = { format: 'test' };
  await fireHooks(dispatcherOf({ tcpMessage: () => {} }), flow, spool);
  t.equal(flow.messages, messages, 'are left alone');
  t.ok(flow.source, 'and can be copied');
  t.equal(spool.inMemory, before, 'and nothing is kept of the copy');
});

t.test('transforms are applied where they would have been when the flow was live', async (t) => {
  const upper = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) yield chunk.toString().toUpperCase();
  };
  const flow = http({ method: 'POST' }) as HttpFlow;
  flow.request.body.set('asked');
  flow.request.body.changed = false;
  flow.response = HttpResponse.make(200, 'answered');
  flow.response.timestampStart = 2;
  const seen: string[] = [];
  const hooks = dispatcherOf({
    requestHeaders: ({ request }) => request.body.transform(upper),
    request: async ({ request }) => void seen.push(await request.body.text()),
    responseHeaders: ({ response }) => response!.body.transform(upper),
    response: async ({ response }) => {
      seen.push(await response!.body.text());
      response!.body.transform(async function* (chunks) {
        yield* chunks;
        yield '!';
      });
    },
  });
  await fireHooks(hooks, flow, spool);
  t.same(seen, ['ASKED', 'ANSWERED']);
  t.equal(await flow.response.body.text(), 'ANSWERED!');
  t.same([flow.response.body.changed, flow.response.headers.get('content-length')], [true, '9']);
});

t.test('a transform that fails leaves the body as it was', async (t) => {
  const flow = http({}) as HttpFlow;
  flow.response = HttpResponse.make(200, 'answered');
  flow.response.timestampStart = 2;
  const hooks = dispatcherOf({
    responseHeaders: ({ response }) =>
      response!.body.transform(() => {
        throw new Error('no');
      }),
  });
  await t.rejects(fireHooks(hooks, flow, spool) as Promise<void>, { message: 'no' });
  t.equal(await flow.response.body.text(), 'answered');
});
