import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { Dumper, type DumperOptions } from '../../src/addons/dumper.js';
import { Body } from '../../src/flow/body/body.js';
import type { FlowFilter, Verdict } from '../../src/flow/filter.js';
import type { Flow, HttpFlow, WebSocketClose } from '../../src/flow/flow.js';
import type { Addon, HookName } from '../../src/flow/hooks/hooks.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { LiveMessage } from '../../src/flow/message-log/live-message.js';
import { LineSink } from '../../src/terminal/line-sink.js';
import { loadStyles, plainStyles } from '../../src/terminal/styles.js';
import type { ViewChoice } from '../../src/terminal/views/show-content.js';
import { dispatcherOf } from '../support/dispatcher.js';
import {
  bodyFrom,
  dnsFlow,
  httpFlow,
  httpResponse,
  message,
  messageLog,
  tcpFlow,
  textSink,
  udpFlow,
} from '../terminal/sample-flows.js';

type Detail = 0 | 1 | 2 | 3 | 4;

function dumper(detail: Detail, options: Partial<DumperOptions> = {}): { addon: Dumper; text: () => Promise<string> } {
  const { out, text } = textSink();
  const addon = new Dumper({
    detail,
    out,
    styles: plainStyles,
    showHost: false,
    columns: () => undefined,
    linesCutoff: 512,
    ...options,
  });
  return { addon, text };
}

/** What is printed at the end of these flows. */
async function printed(detail: Detail, flows: Flow[], options?: Partial<DumperOptions>): Promise<string> {
  const { addon, text } = dumper(detail, options);
  await Promise.all(flows.map((flow) => addon.flowEnd?.(flow)));
  return text();
}

function exchange(): HttpFlow {
  const flow = httpFlow(
    {
      method: 'POST',
      path: '/login?next=%2F',
      headers: [
        ['Host', 'example.com'],
        ['Content-Type', 'application/x-www-form-urlencoded'],
      ],
      body: 'user=jane&password=s%C3%A9cret',
    },
    { headers: [['Content-Type', 'application/json']], body: '{"id":12345678901234567890,"name":"☃"}' },
  );
  flow.response!.trailers = Headers.from([['Checksum', 'abc']]);
  return flow;
}

const HEAD = '127.0.0.1:51234: POST http://example.com/login?next=%2F\n';
const REQUEST_FIELDS = '    Host: example.com\n    Content-Type: application/x-www-form-urlencoded\n';
const RESPONSE_FIELDS = '    Content-Type: application/json\n';
const TRAILERS = '    --- HTTP Trailers\n    Checksum: abc\n';
const REQUEST_CONTENT = '\n    user:     jane\n    password: sécret\n\n';
const RESPONSE_CONTENT = '\n    {\n        "id": 12345678901234567890,\n        "name": "☃"\n    }\n\n';

t.test('interim responses are shown where headers are', async (t) => {
  const flow = exchange();
  flow.interim = [
    { statusCode: 103, reason: 'Early\x1bHints', headers: Headers.from({ Link: '</a.css>' }), timestamp: 1 },
    { statusCode: 102, reason: '', headers: new Headers(), timestamp: 2 },
    { statusCode: 199, reason: '', headers: new Headers(), timestamp: 3 },
  ];
  const interim = ' << 103 Early.Hints\n    Link: </a.css>\n << 102 Processing\n << 199\n';
  t.equal(await printed(1, [flow]), await printed(1, [exchange()]));
  for (const detail of [2, 3] as const) {
    const without = await printed(detail, [exchange()]);
    const at = without.indexOf(' << 200');
    t.equal(await printed(detail, [flow]), without.slice(0, at) + interim + without.slice(at), `level ${detail}`);
  }
});

t.test('an exchange at each level', async (t) => {
  t.equal(await printed(0, [exchange()]), '');
  t.equal(await printed(1, [exchange()]), `${HEAD}              << 200 OK 40b\n`);
  t.equal(await printed(2, [exchange()]), `${HEAD}${REQUEST_FIELDS} << 200 OK 40b\n${RESPONSE_FIELDS}${TRAILERS}`);
  const full = `${HEAD}${REQUEST_FIELDS}${REQUEST_CONTENT} << 200 OK 40b\n${RESPONSE_FIELDS}${RESPONSE_CONTENT}${TRAILERS}`;
  t.equal(await printed(3, [exchange()]), full);
  t.equal(await printed(4, [exchange()]), full);
});

t.test('an exchange without bodies', async (t) => {
  const get = (): HttpFlow => httpFlow({}, { status: 204, reason: 'No Content' });
  const line = '127.0.0.1:51234: GET http://example.com/\n';
  t.equal(await printed(1, [get()]), `${line}              << 204 No Content 0b\n`);
  t.equal(await printed(2, [get()]), `${line} << 204 No Content 0b\n`);
  t.equal(await printed(3, [get()]), `${line}\n << 204 No Content 0b\n\n`);
});

t.test('an exchange that failed', async (t) => {
  const flow = httpFlow();
  flow.error = { message: 'connection \x1b[31mrefused', timestamp: 1 };
  const line = '127.0.0.1:51234: GET http://example.com/\n';
  t.equal(await printed(1, [flow]), `${line} << connection .[31mrefused\n`);
  t.equal(await printed(3, [flow]), `${line}\n << connection .[31mrefused\n`);
  flow.response = httpResponse({ body: 'half' });
  t.equal(await printed(1, [flow]), `${line}              << 200 OK 4b\n << connection .[31mrefused\n`);
});

t.test('level 3 cuts what is long, level 4 does not', async (t) => {
  const content = Array.from({ length: 600 }, (_, index) => `line ${index}\n`).join('');
  const indented = (count: number): string =>
    content
      .split('\n')
      .slice(0, count)
      .map((line) => `    ${line}\n`)
      .join('');
  const flow = (): HttpFlow => httpFlow({}, { body: content });
  const head = `127.0.0.1:51234: GET http://example.com/\n\n << 200 OK ${'5.2k'}\n`;
  t.equal(await printed(3, [flow()]), `${head}\n${indented(512)}    (cut off)\n\n`);
  t.equal(await printed(3, [flow()], { linesCutoff: 2 }), `${head}\n    line 0\n    line 1\n    (cut off)\n\n`);
  t.equal(await printed(3, [flow()], { linesCutoff: 600 }), `${head}\n${indented(600)}\n`);
  t.equal(await printed(4, [flow()]), `${head}\n${indented(600)}\n`);
});

t.test('how content is shown', async (t) => {
  const shown = async (contentView: ViewChoice, body: string): Promise<string> =>
    (await printed(3, [httpFlow({}, { body })], { contentView })).split('\n').slice(4).join('\n').trim();
  t.equal(await shown('auto', '[1]'), '[\n        1\n    ]');
  t.equal(await shown('raw', '[1]'), '[1]');
  t.match(await shown('raw', '\0[1]'), /^00000000 {2}00 5b 31 5d /);
  t.match(await shown('hex dump', '[1]'), /^00000000 {2}5b 31 5d /);
});

t.test('level 3 reads no more than it shows', async (t) => {
  for (const encoded of [false, true]) {
    let read = 0;
    let closed = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) {
          read++;
          if (read > 2000) throw new Error('read on and on');
          const bytes = Buffer.from('a line of text\n'.repeat(1000));
          yield encoded ? gzipSync(bytes) : bytes;
        }
      } finally {
        closed = true;
      }
    }
    const headers = Headers.from(encoded ? { 'Content-Encoding': 'gzip' } : {});
    const flow = httpFlow();
    const body = bodyFrom(headers, 1e12, endless);
    flow.response = new HttpResponse({ statusCode: 200, reason: 'OK', httpVersion: 'HTTP/1.1', headers, body });
    const text = await printed(3, [flow]);
    t.equal(text.match(/ {4}a line of text\n/g)?.length, 512);
    t.match(text, /\(cut off\)\n\n$/);
    await nextTurn();
    t.equal(closed, true, 'the source is closed');
  }
});

t.test('content', async (t) => {
  const table: [headers: Record<string, string>, body: Buffer | string, lines: string[]][] = [
    [{ 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' }, gzipSync('zipped'), ['zipped']],
    [{ 'Content-Type': 'text/html; charset=latin1' }, Buffer.from('<p>caf\xe9</p>', 'latin1'), ['<p>café</p>']],
    [{}, 'one\r\ntwo \x1b[2J\x9b1m\rthree', ['one', 'two .[2J.1m.three']],
    [{}, Buffer.from([0, 255]), ['00000000  00 ff                                             |..|']],
    [
      { 'Content-Encoding': 'gzip' },
      'plain',
      ['plain', '(not decoded: The body is not valid gzip: incorrect header check)'],
    ],
    [
      { 'Content-Encoding': 'x-unknown' },
      'plain',
      ['plain', '(not decoded: Content-Encoding "x-unknown" is not supported)'],
    ],
  ];
  for (const [headers, body, lines] of table) {
    const text = await printed(4, [httpFlow({}, { headers, body })]);
    t.equal(text.slice(text.indexOf(' << ')).split('\n\n')[1], lines.map((line) => `    ${line}`).join('\n'));
  }
});

t.test('content that is truncated while it is decoded', async (t) => {
  let seed = 1;
  const noise = Buffer.from(
    Array.from({ length: 60_000 }, () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return 33 + ((seed >>> 16) % 89);
    }),
  );
  const zipped = gzipSync(noise, { level: 1 });
  zipped.fill(0xff, zipped.length - 8);
  const text = await printed(4, [httpFlow({}, { headers: { 'Content-Encoding': 'gzip' }, body: zipped })]);
  t.ok(text.includes(noise.toString('latin1', 0, 1000)));
  t.match(text.slice(-200), /\n {4}\(the rest is missing: The body is not valid gzip: [^\n]+\)\n\n$/);
});

t.test('compressed content that ends early', async (t) => {
  const zipped = gzipSync('Hello, world. '.repeat(9));
  for (const [level, size, expected] of [
    [3, zipped.length - 1, /^ {4}Hello.*\n {4}\(the rest is missing: the gzip data ends early\)$/m],
    [4, zipped.length - 9, /^ {4}Hello.*\n {4}\(the rest is missing: the gzip data ends early\)$/m],
    [4, 5, /^ {4}\(the rest is missing: the gzip data ends early\)$/m],
  ] as const) {
    const headers = { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' };
    const text = await printed(level, [httpFlow({}, { headers, body: zipped.subarray(0, size) })]);
    t.match(text, expected, `level ${level}, ${size} bytes`);
  }
  const whole = await printed(4, [httpFlow({}, { headers: { 'Content-Encoding': 'gzip' }, body: zipped })]);
  t.notMatch(whole, /missing/);
});

t.test('content that was not kept, or cannot be read', async (t) => {
  const flow = httpFlow();
  const headers = Headers.from({});
  const response = (body: Body): HttpResponse =>
    new HttpResponse({ statusCode: 200, reason: 'OK', httpVersion: 'HTTP/1.1', headers, body });
  flow.response = response(Body.of(headers, undefined, 2048, true));
  t.match(await printed(1, [flow]), / << 200 OK 2\.0k\n$/);
  t.match(await printed(3, [flow]), / << 200 OK 2\.0k\n\n {4}\(content missing\)\n\n$/);
  flow.response = response(Body.of(headers, undefined, 0, false));
  t.match(await printed(1, [flow]), / << 200 OK 0b\n$/, 'it has only begun');
  flow.response.timestampEnd = 2;
  t.match(await printed(1, [flow]), / << 200 OK \(content missing\)\n$/, 'it ended, so its size is unknown');
  t.match(await printed(3, [flow]), / << 200 OK \(content missing\)\n\n {4}\(content missing\)\n\n$/);
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.from('x'.repeat(5000));
    throw new Error('disk\x1b gone');
  }
  flow.response = response(bodyFrom(headers, 10_000, failing));
  t.match(
    await printed(4, [flow, httpFlow()]),
    /x\n {4}\(the rest is missing: disk\. gone\)\n\n127\.0\.0\.1:51234: GET/,
  );
});

t.test('TCP and UDP messages come one by one', async (t) => {
  for (const [hook, flow, name] of [
    ['tcpMessage', tcpFlow(), 'tcp'],
    ['udpMessage', udpFlow(), 'udp'],
  ] as const) {
    const server = `example.com:${name === 'tcp' ? 5432 : 443}`;
    const { addon, text } = dumper(1);
    const told = addon[hook] as unknown as (argument: unknown) => undefined | Promise<void>;
    t.equal(told({ flow, message: message(true, 'hello') }), undefined);
    const secret = message(true, 'secret');
    secret.drop();
    t.equal(told({ flow, message: secret }), undefined);
    const line = `127.0.0.1:51234 -> ${name} -> ${server}\n`;
    t.equal(await text(), line, 'before the flow has ended');
    void told({ flow, message: message(false, '') });
    t.equal(addon.flowEnd?.(flow), undefined);
    const all = `${line}127.0.0.1:51234 <- ${name} <- ${server}\n`;
    t.equal(await text(), all);
    flow.error = { message: 'reset', timestamp: 1 };
    addon.flowEnd?.(flow);
    t.equal(await text(), `${all}Error in ${name.toUpperCase()} connection to ${server}: reset\n`);
  }
});

t.test('content of messages', async (t) => {
  const { addon, text } = dumper(3, { linesCutoff: 2 });
  const flow = tcpFlow();
  await addon.tcpMessage?.({ flow, message: message(true, '{"a":1}') });
  await addon.tcpMessage?.({ flow, message: message(false, Buffer.from([0, 1])) });
  await addon.tcpMessage?.({ flow, message: message(false, '') });
  t.equal(
    await text(),
    [
      '127.0.0.1:51234 -> tcp -> example.com:5432\n\n    {\n        "a": 1\n    (cut off)\n\n',
      '127.0.0.1:51234 <- tcp <- example.com:5432\n',
      '\n    00000000  00 01                                             |..|\n\n',
      '127.0.0.1:51234 <- tcp <- example.com:5432\n\n',
    ].join(''),
  );
});

function webSocketFlow(close: Partial<WebSocketClose> = {}): HttpFlow {
  const flow = httpFlow({ path: '/chat' }, { status: 101, reason: 'Switching Protocols' });
  flow.websocket = { byClient: true, code: 1000, reason: 'bye', timestamp: 2, ...close };
  flow.messages = messageLog(message(true, 'hi', 1), message(false, 'there', 2));
  return flow;
}

const UPGRADE = '127.0.0.1:51234: GET http://example.com/chat\n              << 101 Switching Protocols 0b\n';
const WEBSOCKET = [
  '127.0.0.1:51234 -> WebSocket text message -> example.com:80/chat\n',
  '127.0.0.1:51234 <- WebSocket binary message <- example.com:80/chat\n',
].join('');
const CLOSED = 'WebSocket connection closed by client: 1000 bye\n';

t.test('a WebSocket is shown as it happens', async (t) => {
  const { addon, text } = dumper(1);
  const flow = webSocketFlow();
  t.equal(addon.websocketStart?.(flow), undefined);
  t.equal(await text(), UPGRADE);
  for await (const entry of flow.messages!) addon.websocketMessage?.({ flow, message: LiveMessage.of(entry) });
  t.equal(await text(), UPGRADE + WEBSOCKET);
  t.equal(addon.flowEnd?.(flow), undefined);
  t.equal(await text(), UPGRADE + WEBSOCKET + CLOSED);
});

t.test('the request comes before the first message in any case', async (t) => {
  const { addon, text } = dumper(3);
  const flow = webSocketFlow({ code: 1011, reason: 'oops' });
  await addon.websocketMessage?.({ flow, message: message(true, 'hi', 1) });
  await addon.flowEnd?.(flow);
  t.equal(
    await text(),
    [
      '127.0.0.1:51234: GET http://example.com/chat\n\n << 101 Switching Protocols 0b\n\n',
      '127.0.0.1:51234 -> WebSocket text message -> example.com:80/chat\n\n    hi\n\n',
      'Error in WebSocket connection to example.com:80: WebSocket Error: INTERNAL_ERROR (reason: oops)\n',
    ].join(''),
  );
});

/** A filter with these answers while a flow goes on and when it has ended. */
function filter(live: Verdict, end: Verdict, needsBodies = false): FlowFilter {
  return { text: '', needsBodies, evaluate: (_flow, phase) => (phase === 'end' ? end : live) };
}

/** Calls hooks as the engine does. */
async function dispatched(addon: Addon, events: [hook: HookName, argument: unknown][]): Promise<void> {
  const hooks = dispatcherOf(addon);
  const emit = hooks.emit.bind(hooks) as (hook: HookName, argument: unknown) => undefined | Promise<void>;
  for (const [hook, argument] of events) await emit(hook, argument);
}

t.test('messages of flows that the filter lets pass only at their end', async (t) => {
  const table: [detail: Detail, filter: FlowFilter, text: string][] = [
    [1, filter('yes', 'yes'), UPGRADE + WEBSOCKET + CLOSED],
    [1, filter('later', 'yes', true), UPGRADE + WEBSOCKET + CLOSED],
    [1, filter('later', 'yes'), UPGRADE + CLOSED],
    [1, filter('later', 'no', true), ''],
    [1, filter('no', 'no'), ''],
  ];
  for (const [detail, filter, expected] of table) {
    const { addon, text } = dumper(detail, { filter });
    const flow = webSocketFlow();
    const messages: [HookName, unknown][] = [];
    for await (const entry of flow.messages!) messages.push(['websocketMessage', { flow, message: entry }]);
    await dispatched(addon, [['websocketStart', flow], ...messages, ['websocketEnd', flow], ['flowEnd', flow]]);
    t.equal(await text(), expected);
  }
});

t.test('a message in parts has one line, and the parts of its content', async (t) => {
  const { addon, text } = dumper(3);
  const flow = tcpFlow();
  const part = (content: string, more: boolean) => {
    const entry = message(true, content, 1);
    if (more) entry.more = true;
    return entry;
  };
  for (const entry of [part('a', true), message(true, 'p', 9), part('b', true), part('c', false), part('d', false)]) {
    await addon.tcpMessage?.({ flow, message: entry });
  }
  const line = '127.0.0.1:51234 -> tcp -> example.com:80\n';
  const content = (character: string) => `\n    ${character}\n\n`;
  t.equal(
    (await text()).replaceAll(/ tcp -> \S+/g, ' tcp -> example.com:80'),
    `${line}${content('a')}${line}${content('p')}${content('b')}${content('c')}${line}${content('d')}`,
  );
});

t.test('a WebSocket that broke off has the error of its flow', async (t) => {
  const broken = webSocketFlow({ code: 1006, reason: '' });
  t.match(await printed(1, [broken]), 'WebSocket Error: ABNORMAL_CLOSURE\n');
  broken.error = { message: 'Client disconnected.', timestamp: 1 };
  t.match(await printed(1, [broken]), 'Error in WebSocket connection to example.com:80: Client disconnected.\n');
  const refused = webSocketFlow({ code: 1007, reason: 'text that is not UTF-8' });
  refused.error = { message: 'Refused: …', timestamp: 1 };
  t.match(await printed(1, [refused]), 'INVALID_FRAME_PAYLOAD_DATA (reason: text that is not UTF-8)\n');
});

t.test('events of a stream are shown as they come', async (t) => {
  for (const detail of [2, 3, 4] as const) {
    const { addon, text } = dumper(detail);
    const headers: [string, string][] = [['Content-Type', 'text/event-stream']];
    const flow = httpFlow({ path: '/events' }, { headers, body: 'data: 1\n\n' });
    flow.response!.body.complete = false;
    flow.response!.timestampEnd = undefined;
    const event = (content: string) => ({ flow, event: { content: Buffer.from(content), timestamp: 1 } });
    await addon.serverSentEvent?.(event('data: 1'));
    const request = '127.0.0.1:51234: GET http://example.com/events\n';
    const response = ' << 200 OK\n    Content-Type: text/event-stream\n';
    const shown = '127.0.0.1:51234 <- event <- example.com:80/events\n\n    data: 1\n\n';
    const blank = detail === 2 ? '' : '\n';
    t.equal(await text(), `${request}${blank}${response}${shown}`);
    await addon.serverSentEvent?.(event('data: 2'));
    flow.error = { message: 'Client disconnected.', timestamp: 2 };
    await addon.flowEnd?.(flow);
    const end = `${shown.replace('1\n', '2\n')} << Client disconnected.\n`;
    t.equal(await text(), `${request}${blank}${response}${shown}${end.replace('data: 1', 'data: 2')}`);
  }
});

t.test('an upgrade to something unknown', async (t) => {
  const flow = webSocketFlow();
  flow.websocket = undefined;
  flow.messages = messageLog(message(true, 'hi'));
  flow.error = { message: 'reset', timestamp: 1 };
  const error = 'Error in TCP connection to example.com:80: reset\n';
  t.equal(await printed(1, [flow]), UPGRADE + error);
  const content = '127.0.0.1:51234 -> tcp -> example.com:80\n\n    hi\n\n';
  const head = '127.0.0.1:51234: GET http://example.com/chat\n\n << 101 Switching Protocols 0b\n\n';
  t.equal(await printed(3, [flow]), head + content + error);
});

t.test('DNS', async (t) => {
  const flow = dnsFlow({ questions: [{ name: 'example.com', type: 28, class: 1 }] }, { responseCode: 3 });
  const expected = '127.0.0.1:51234: DNS QUERY (AAAA) example.com\n << NXDOMAIN\n';
  for (const detail of [1, 2, 3, 4] as const) t.equal(await printed(detail, [flow]), expected);
});

t.test('blocks stand in the order in which flows ended, none inside another', async (t) => {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* slow(): AsyncGenerator<Buffer> {
    yield Buffer.from('begin\n');
    await released;
    yield Buffer.from('end\n');
  }
  const headers = Headers.from({});
  const first = httpFlow({ path: '/first' });
  const body = bodyFrom(headers, 10, slow);
  first.response = new HttpResponse({ statusCode: 200, reason: 'OK', httpVersion: 'HTTP/1.1', headers, body });
  const { addon, text } = dumper(3);
  const tcp = tcpFlow();
  const pending = [
    addon.flowEnd?.(first),
    addon.tcpMessage?.({ flow: tcp, message: message(true, 'between') }),
    addon.flowEnd?.(httpFlow({ path: '/second' })),
    addon.flowEnd?.(dnsFlow({ questions: [] })),
  ];
  for (const promise of pending) t.ok(promise, 'has to be waited for');
  await nextTurn();
  t.notMatch(await text(), 'second');
  release();
  await Promise.all(pending);
  t.equal(
    await text(),
    [
      '127.0.0.1:51234: GET http://example.com/first\n\n << 200 OK 10b\n\n    begin\n    end\n\n',
      '127.0.0.1:51234 -> tcp -> example.com:5432\n\n    between\n\n',
      '127.0.0.1:51234: GET http://example.com/second\n\n',
      '127.0.0.1:51234: DNS QUERY (no question)\n',
    ].join(''),
  );
});

t.test('one flow that cannot be printed does not stop the others', async (t) => {
  const broken = httpFlow();
  Object.defineProperty(broken.request.body, 'kept', {
    get: () => {
      throw new Error('broken');
    },
  });
  const { addon, text } = dumper(3);
  const first = addon.flowEnd?.(broken);
  const second = addon.flowEnd?.(httpFlow({ path: '/second' }));
  await t.rejects(Promise.resolve(first), { message: 'broken' });
  await second;
  t.match(await text(), '/second');
});

t.test('levels 1 and 2 need no promise, unless the reader is slow', async (t) => {
  for (const detail of [1, 2] as const) t.equal(dumper(detail).addon.flowEnd?.(exchange()), undefined);
  const done: (() => void)[] = [];
  const out = new LineSink(new Writable({ write: (_chunk, _encoding, callback) => void done.push(callback) }));
  const { addon } = dumper(1, { out });
  const long = httpFlow({ path: `/${'x'.repeat(2 * 1024 * 1024)}` }, {});
  const pending = addon.flowEnd?.(long);
  t.ok(pending);
  t.ok(addon.flowEnd?.(exchange()), 'and the next waits too');
  await nextTurn();
  done.shift()?.();
  await pending;
});

t.test('hooks and what has to be kept', async (t) => {
  const hooks: (keyof Dumper)[] = ['flowEnd', 'websocketStart', 'websocketMessage', 'tcpMessage', 'udpMessage'];
  const some = filter('yes', 'yes', true);
  for (const detail of [0, 1, 2, 3, 4] as const) {
    const { addon } = dumper(detail, { filter: some });
    for (const hook of hooks) t.equal(typeof addon[hook], detail === 0 ? 'undefined' : 'function');
    t.equal(typeof addon.serverSentEvent, detail >= 2 ? 'function' : 'undefined');
    t.equal(addon.observesBodies, detail >= 3);
    t.equal(addon.filter, detail === 0 ? undefined : some);
  }
});

t.test('in colour the text is the same', async (t) => {
  const styles = await loadStyles(true);
  const flows = (): Flow[] => [exchange(), webSocketFlow({ code: 1002 }), dnsFlow({ questions: [] }, {})];
  for (const detail of [1, 2, 3] as const) {
    const colored = await printed(detail, flows(), { styles });
    t.not(colored, await printed(detail, flows()));
    t.equal(colored.replace(/\x1b\[\d+m/g, ''), await printed(detail, flows()));
  }
});

t.test('after the reader has gone nothing is produced', async (t) => {
  const stream = new Writable({ write: () => t.fail('nothing to write') });
  const { addon } = dumper(4, { out: new LineSink(stream) });
  stream.destroy();
  await nextTurn();
  t.equal(addon.flowEnd?.(exchange()), undefined);
});
