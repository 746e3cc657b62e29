import t from 'tap';
import { FlowNotLiveError } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import type { LiveMessage } from '../../../src/flow/message-log/live-message.js';
import { randomCuts } from '../../support/cuts.js';
import { later } from '../../support/later.js';
import { Random } from '../../support/random.js';
import { until } from '../../support/until.js';
import { Conversation, type ConversationOptions } from './conversation.js';
import {
  BINARY,
  CLOSE,
  closePayload,
  deflated,
  fragments,
  frame,
  KEY,
  PING,
  PONG,
  parseFrames,
  TEXT,
} from './frames.js';

const DEFLATE = 'permessage-deflate';
const NO_CONTEXT = `${DEFLATE}; client_no_context_takeover; server_no_context_takeover`;

/** An addon that may change messages, and lets them be. */
const HOLDING: Addon = { websocketMessage: () => {} };
const WAITING: Addon = { websocketMessage: () => later() };
const OBSERVING: Addon = { observes: true, websocketMessage: () => {} };
const SLOW_OBSERVER: Addon = { observes: true, websocketMessage: () => later() };

const text = (payload: string, key?: Buffer) => frame({ opcode: TEXT, payload, ...(key && { key }) });
const closeFrame = (code: number, reason = '', key?: Buffer) =>
  frame({ opcode: CLOSE, payload: closePayload(code, reason), ...(key && { key }) });

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await later();
}

type Side = 'client' | 'server';

/** A message in its frames, and a control frame that is sent after the first of them. */
interface FramedMessage {
  frames: Buffer[];
  control: typeof PING | typeof PONG | undefined;
}

/** The ways to frame a message: whole or in fragments, with a control frame between them or not, compressed or not. */
function* framings(content: Buffer, extensions: string, key: Buffer | undefined): Generator<FramedMessage> {
  for (const size of [1 + Math.ceil(content.length / 3), 100_000]) {
    for (const control of [undefined, PING, PONG] as const) {
      yield { frames: fragments(TEXT, content, size, 0, key), control };
      if (extensions !== '') yield { frames: fragments(TEXT, deflated(content), size, 4, key), control };
    }
  }
}

/** What one side sends: each content in all framings, then a close frame. */
function sentBy(side: Side, contents: Buffer[], extensions: string, holds: boolean) {
  const key = side === 'client' ? KEY : undefined;
  const arrow = side === 'client' ? '>' : '<';
  const sent: Buffer[] = [];
  const forwarded: Buffer[] = [];
  const recorded: string[] = [];
  for (const content of contents) {
    for (const { frames, control } of framings(content, extensions, key)) {
      const isWhole = frames.length === 1;
      const controls = control ? [frame({ opcode: control, payload: 'p', ...(key && { key }) })] : [];
      const inOrder = [frames[0]!, ...controls, ...frames.slice(1)];
      sent.push(...inOrder);
      // A held message is forwarded after the control frames that came within it.
      forwarded.push(...(isWhole || !holds ? inOrder : [...controls, ...frames]));
      const message = `${arrow} 1 ${content}`;
      const lines = control ? [`${arrow} ${control} p`] : [];
      recorded.push(...(isWhole ? [message, ...lines] : [...lines, message]));
    }
  }
  const close = closeFrame(side === 'client' ? 1000 : 1001, 'bye', key);
  return { sent: Buffer.concat([...sent, close]), forwarded: Buffer.concat([...forwarded, close]), recorded };
}

t.test('frames are forwarded byte for byte, whether messages are held or not', async (t) => {
  const random = new Random(11);
  const contents = ['', 'a', 'grüße '.repeat(30), 'x'.repeat(3000)].map((content) => Buffer.from(content));
  const addons: [string, Addon[]][] = [
    ['nobody', []],
    ['an observer', [OBSERVING]],
    ['a slow observer', [SLOW_OBSERVER]],
    ['an addon that may change them', [HOLDING]],
    ['one that takes its time', [WAITING]],
  ];
  for (const [who, list] of addons) {
    for (const extensions of ['', DEFLATE, NO_CONTEXT]) {
      const name = `${who}, ${extensions || 'no extension'}`;
      const chat = new Conversation({ addons: list, extensions });
      const holds = list.some(({ observes }) => !observes);
      const client = sentBy('client', contents, extensions, holds);
      const server = sentBy('server', contents, extensions, holds);
      for (const [side, { sent }] of [['client', client] as const, ['server', server] as const]) {
        for (const piece of randomCuts(sent, random)) {
          chat[side].give(piece);
          if (random.below(3) === 0) await later();
        }
        await settle();
      }
      t.equal(await chat.end(), undefined, name);
      t.ok(chat.server.sentBytes.equals(client.forwarded), `${name}: to the server`);
      t.ok(chat.client.sentBytes.equals(server.forwarded), `${name}: to the client`);
      t.same(await chat.recorded(), [...client.recorded, ...server.recorded], name);
      t.match(chat.flow.websocket, { byClient: true, code: 1000, reason: 'bye' }, name);
    }
  }
});

t.test('a conversation split at each offset', async (t) => {
  const bytes = Buffer.concat([
    ...fragments(TEXT, deflated('hello hello hello'), 5, 4, KEY),
    frame({ opcode: PING, payload: 'now', key: KEY }),
    ...fragments(BINARY, Buffer.alloc(200, 7), 150, 0, KEY),
    closeFrame(1000, '', KEY),
  ]);
  for (const addons of [[], [HOLDING]]) {
    for (let cut = 0; cut < bytes.length; cut++) {
      const chat = new Conversation({ addons, extensions: DEFLATE });
      chat.client.give(bytes.subarray(0, cut));
      await later();
      chat.client.give(bytes.subarray(cut));
      t.equal(await chat.end(), undefined);
      t.ok(chat.server.sentBytes.equals(bytes), `cut at ${cut}`);
      t.same(await chat.recorded(), ['> 1 hello hello hello', '> 9 now', `> 2 ${'\x07'.repeat(200)}`]);
    }
  }
});

t.test('messages that refer to earlier ones', async (t) => {
  const first = 'the quick brown fox jumps over the lazy dog';
  const second = deflated(`${first}!`, Buffer.from(first));
  t.ok(second.length < 12, 'it does refer');
  for (const addons of [[], [HOLDING]]) {
    const chat = new Conversation({ addons, extensions: DEFLATE });
    chat.client.give(
      Buffer.concat([
        frame({ opcode: TEXT, payload: deflated(first), reserved: 4, key: KEY }),
        frame({ opcode: TEXT, payload: 'between', key: KEY }),
        frame({ opcode: TEXT, payload: second, reserved: 4, key: KEY }),
      ]),
    );
    await settle();
    t.same(await chat.recorded(), [`> 1 ${first}`, '> 1 between', `> 1 ${first}!`]);
    await chat.end();
  }
});

t.test('bytes that came with the handshake', async (t) => {
  const early = { client: text('from the client', KEY), server: text('from the server') };
  const chat = new Conversation({ early });
  await settle();
  t.same(await chat.recorded(), ['> 1 from the client', '< 1 from the server']);
  await chat.end();
});

interface ChangeCase {
  extensions?: string;
  /** What the client sends: each compressed if the extension is there. */
  messages: string[];
  change: (message: LiveMessage) => void | Promise<void>;
  /** What the server understands. */
  got: string[];
  recorded: string[];
}

const change = (message: LiveMessage): void => {
  const content = String(message.content);
  if (content === 'drop') message.drop();
  if (content.startsWith('change')) message.content = Buffer.from(content.toUpperCase());
};

const CHANGES: Record<string, ChangeCase> = {
  'changed and dropped': {
    messages: ['a', 'change', 'drop', 'b'],
    change,
    got: ['1 a', '1 CHANGE', '1 b'],
    recorded: ['> 1 a', '> 1 CHANGE', '> 1 drop dropped', '> 1 b'],
  },
  'changed later': {
    messages: ['a', 'change', 'drop', 'b'],
    change: async (message) => {
      await later();
      change(message);
    },
    got: ['1 a', '1 CHANGE', '1 b'],
    recorded: ['> 1 a', '> 1 CHANGE', '> 1 drop dropped', '> 1 b'],
  },
  large: {
    messages: [`change ${'x'.repeat(200)}`, `change ${'x'.repeat(70_000)}`],
    change,
    got: [`1 CHANGE ${'X'.repeat(200)}`, `1 CHANGE ${'X'.repeat(70_000)}`],
    recorded: [`> 1 CHANGE ${'X'.repeat(200)}`, `> 1 CHANGE ${'X'.repeat(70_000)}`],
  },
};

t.test('compression stays valid when addons change messages', async (t) => {
  for (const extensions of ['', DEFLATE, NO_CONTEXT, `${DEFLATE}; client_max_window_bits=8`]) {
    for (const [name, { messages, change, got, recorded }] of Object.entries(CHANGES)) {
      const chat = new Conversation({ addons: [{ websocketMessage: ({ message }) => change(message) }], extensions });
      // Each refers to the one before, as far as it may.
      const keepsContext = extensions.startsWith(DEFLATE) && extensions !== NO_CONTEXT;
      messages.forEach((content, at) => {
        const before = keepsContext && at > 0 ? Buffer.from(messages.slice(0, at).join('')) : undefined;
        const payload = extensions === '' ? content : deflated(content, before);
        chat.client.give(frame({ opcode: TEXT, payload, reserved: extensions === '' ? 0 : 4, key: KEY }));
      });
      await settle();
      t.equal(await chat.end(), undefined);
      t.same(await understood(chat.server.sentBytes, extensions), got, `${name}, ${extensions}: sent`);
      t.same(await chat.recorded(), recorded, `${name}, ${extensions}: recorded`);
    }
  }
});

/** What a receiver makes of messages. */
async function understood(bytes: Buffer, extensions: string): Promise<string[]> {
  const receiver = new Conversation({ extensions });
  t.ok(parseFrames(bytes).every(({ masked }) => masked));
  receiver.client.give(bytes);
  await settle();
  const found = await receiver.messages();
  t.equal(await receiver.end(), undefined);
  return found.map(({ opcode, content }) => `${opcode} ${content}`);
}

t.test('a ping that becomes too long is cut', async (t) => {
  const addon: Addon = {
    websocketMessage: ({ message }) => {
      message.content = Buffer.alloc(200, 'x');
    },
  };
  const chat = new Conversation({ addons: [addon] });
  chat.server.give(frame({ opcode: PING, payload: 'p' }));
  await settle();
  t.same(await chat.recorded(), [`< 9 ${'x'.repeat(125)}`]);
  t.same(
    parseFrames(chat.client.sentBytes).map(({ payload }) => payload.length),
    [125],
  );
  await chat.end();
});

t.test('injected messages stand between others, in both directions', async (t) => {
  for (const addons of [[], [HOLDING], [SLOW_OBSERVER]]) {
    for (const extensions of ['', DEFLATE, NO_CONTEXT]) {
      const chat = new Conversation({ addons, extensions });
      await later();
      const whole = Buffer.concat([...fragments(TEXT, Buffer.from('in pieces'), 4, 0, KEY), text('next', KEY)]);
      chat.client.give(whole.subarray(0, 8));
      await settle();
      chat.flow.inject({ toClient: false, text: 'to the server' });
      chat.flow.inject({ toClient: true, content: Buffer.of(1) });
      chat.client.give(whole.subarray(8));
      await settle();
      const name = `${addons.length} ${extensions}`;
      const inServer = (await understood(chat.server.sentBytes, extensions)).sort();
      t.same(inServer, ['1 in pieces', '1 next', '1 to the server'], name);
      const inClient = parseFrames(chat.client.sentBytes);
      t.same(
        inClient.map(({ opcode, masked }) => [opcode, masked]),
        [[BINARY, false]],
        name,
      );
      t.same(
        (await chat.recorded()).sort(),
        ['< 2 \x01 injected', '> 1 in pieces', '> 1 next', '> 1 to the server injected'],
        name,
      );
      t.equal(await chat.end(), undefined);
      t.throws(() => chat.flow.inject({ toClient: true, text: '' }), FlowNotLiveError, 'not after the end');
    }
  }
});

interface Refusal {
  from: 'client' | 'server';
  bytes: Buffer[];
  code: number;
  options?: ConversationOptions;
  /** Nothing of the wrong frame has gone on, so that the receiver gets a close frame, too. */
  whole?: boolean;
}

const bomb = frame({ opcode: BINARY, payload: deflated(Buffer.alloc(3_000_000)), reserved: 4, key: KEY });
const LIMITED: ConversationOptions = { extensions: DEFLATE, options: { websocketMessageLimit: 1_000_000 } };
const REFUSALS: Record<string, Refusal> = {
  'text that is not UTF-8': {
    from: 'client',
    bytes: [text('ok', KEY), frame({ opcode: TEXT, payload: Buffer.of(0xff), key: KEY })],
    code: 1007,
    whole: true,
  },
  'text that ends within a character': {
    from: 'server',
    bytes: [frame({ opcode: TEXT, payload: Buffer.of(0xc3) })],
    code: 1007,
    whole: true,
  },
  'text that is wrong in a later fragment': {
    from: 'client',
    bytes: fragments(TEXT, Buffer.from('aac3c3', 'hex'), 1, 0, KEY),
    code: 1007,
    whole: true,
  },
  'compressed text that is not UTF-8': {
    from: 'server',
    bytes: [frame({ opcode: TEXT, payload: deflated(Buffer.of(0xc0)), reserved: 4 })],
    code: 1007,
    options: { extensions: DEFLATE },
    whole: true,
  },
  'a message that cannot be decompressed': {
    from: 'server',
    bytes: [frame({ opcode: TEXT, payload: Buffer.of(7), reserved: 4 })],
    code: 1007,
    options: { extensions: DEFLATE },
    whole: true,
  },
  'text that is wrong after the beginning of its frame': {
    from: 'client',
    bytes: [text('abc\u{fffd}', KEY).subarray(0, 8), Buffer.of(0xff ^ KEY[2]!)],
    code: 1007,
  },
  'a frame of the client without a mask': { from: 'client', bytes: [text('a')], code: 1002, whole: true },
  'a masked frame of the server': { from: 'server', bytes: [text('a', KEY)], code: 1002, whole: true },
  'a length with its top bit': {
    from: 'server',
    bytes: [Buffer.from('827f8000000000000000', 'hex')],
    code: 1002,
    whole: true,
  },
  'a length that cannot be counted': {
    from: 'server',
    bytes: [Buffer.from('827f0100000000000000', 'hex')],
    code: 1009,
    whole: true,
  },
  'a compression bomb': { from: 'client', bytes: [bomb], code: 1009, options: LIMITED, whole: true },
  'a compression bomb that is held': {
    from: 'client',
    bytes: [bomb],
    code: 1009,
    options: { ...LIMITED, addons: [HOLDING] },
    whole: true,
  },
  'a large message that is held': {
    from: 'client',
    bytes: fragments(BINARY, Buffer.alloc(1_000_001), 100_000, 0, KEY),
    code: 1009,
    options: { ...LIMITED, addons: [HOLDING] },
    whole: true,
  },
  'a held message in too many empty fragments': {
    from: 'server',
    bytes: [
      frame({ opcode: TEXT, fin: false }),
      ...Array(60).fill(frame({ opcode: 0, fin: false })),
      frame({ opcode: 0, payload: 'x', fin: false }),
    ],
    code: 1009,
    options: { options: { websocketMessageLimit: 100 }, addons: [HOLDING] },
    whole: true,
  },
};

t.test('what tsdump refuses ends the connection with a code', async (t) => {
  for (const [name, { from, bytes, code, options, whole }] of Object.entries(REFUSALS)) {
    const chat = new Conversation(options);
    for (const piece of bytes) {
      chat[from].give(piece);
      await later();
    }
    t.match(await chat.ended, { name: 'RelayError' }, name);
    t.match(chat.flow.websocket, { byClient: undefined, code }, name);
    const other = from === 'client' ? 'server' : 'client';
    const sent = parseFrames(chat[from].sentBytes);
    t.same(
      sent.map(({ opcode }) => opcode),
      [CLOSE],
      `${name}: the sender`,
    );
    t.equal(sent[0]?.payload.readUInt16BE(0), code, name);
    t.equal(sent[0]?.masked, from === 'server', name);
    t.equal(chat[other].over, whole ? 'closed' : 'broken off', `${name}: the receiver`);
    if (whole) t.equal(parseFrames(chat[other].sentBytes).at(-1)?.payload.readUInt16BE(0), code, name);
  }
});

t.test('large messages that are not held and are not bombs have no limit', async (t) => {
  const random = new Random(1);
  const content = Buffer.from(random.bytes(600_000).toString('base64'));
  const chat = new Conversation(LIMITED);
  const bytes = Buffer.concat([
    frame({ opcode: TEXT, payload: deflated(Buffer.concat([content, content])), reserved: 4, key: KEY }),
    frame({ opcode: BINARY, payload: Buffer.alloc(1_500_000, 9), key: KEY }),
  ]);
  for (let at = 0; at < bytes.length; at += 60_000) chat.client.give(bytes.subarray(at, at + 60_000));
  await until(() => chat.server.sentBytes.length === bytes.length, 'all bytes to go on');
  const messages = await chat.messages();
  t.same(
    messages.map((message) => message.content.length),
    [content.length * 2, 1_500_000],
  );
  t.ok(chat.server.sentBytes.equals(bytes));
  t.equal(chat.flow.messages!.count, 2);
  await chat.end();
});

const FAULTS: Record<string, Buffer[]> = {
  'a reserved bit': [frame({ opcode: TEXT, payload: 'a', reserved: 2, key: KEY })],
  'RSV1 without an extension': [frame({ opcode: TEXT, payload: 'a', reserved: 4, key: KEY })],
  'a reserved opcode': [frame({ opcode: 3, key: KEY })],
  'a reserved opcode of control frames': [frame({ opcode: 11, key: KEY })],
  'a fragmented ping': [frame({ opcode: PING, fin: false, key: KEY })],
  'a ping that is too long': [frame({ opcode: PING, payload: 'x'.repeat(126), key: KEY })],
  'a continuation of nothing': [frame({ opcode: 0, payload: 'a', key: KEY })],
  'a message within another': [frame({ opcode: TEXT, payload: 'a', fin: false, key: KEY }), text('b', KEY)],
  'half a close code': [frame({ opcode: CLOSE, payload: 'x', key: KEY })],
};

t.test('other protocol errors are left to the receiver', async (t) => {
  for (const addons of [[], [HOLDING]]) {
    for (const [name, frames] of Object.entries(FAULTS)) {
      const chat = new Conversation({ addons });
      const bytes = Buffer.concat([text('before', KEY), ...frames, Buffer.from('and whatever follows')]);
      chat.client.give(bytes);
      await settle();
      t.ok(chat.server.sentBytes.equals(bytes), name);
      chat.server.give(Buffer.concat([text('before'), closeFrame(1002)]));
      t.match(await chat.end(), /^The client sent /, name);
      t.same(await chat.recorded(), ['> 1 before', '< 1 before'], name);
      t.match(chat.flow.websocket, { byClient: false, code: 1002 }, name);
    }
  }
});

t.test('the recorded close', async (t) => {
  const cases: [name: string, act: (chat: Conversation) => void, close: object][] = [
    [
      'without a code',
      (chat) => chat.server.give(frame({ opcode: CLOSE })),
      { byClient: false, code: 1005, reason: '' },
    ],
    [
      'with a reason',
      (chat) => chat.client.give(closeFrame(4000, 'grüße', KEY)),
      { byClient: true, code: 4000, reason: 'grüße' },
    ],
    ['by an end only', (chat) => chat.client.give(null), { byClient: true, code: 1006 }],
    ['by an end of the server', (chat) => chat.server.give(null), { byClient: false, code: 1006 }],
    [
      'by an end within a frame',
      (chat) => {
        chat.server.give(Buffer.of(0x81));
        chat.server.give(null);
      },
      { byClient: false, code: 1006 },
    ],
  ];
  for (const [name, act, close] of cases) {
    const chat = new Conversation();
    act(chat);
    await settle();
    t.equal(await chat.end(), undefined, name);
    t.match(chat.flow.websocket, close, name);
    t.type(chat.flow.websocket?.timestamp, 'number');
  }
});

t.test('a peer that does not answer a close, or the end of the other side, is not waited for', async (t) => {
  const cases: [name: string, act: (chat: Conversation) => void, silence: number][] = [
    ['a close', (chat) => chat.client.give(closeFrame(1000, '', KEY)), 10],
    ['an end', (chat) => chat.server.give(null), 10],
    [
      'two closes, and no end',
      (chat) => {
        chat.client.give(closeFrame(1000, '', KEY));
        chat.server.give(closeFrame(1000));
      },
      2,
    ],
  ];
  for (const [name, act, silence] of cases) {
    const chat = new Conversation();
    await settle();
    t.equal(chat.silence, 600, 'tcp_timeout');
    act(chat);
    await settle();
    t.equal(chat.silence, silence, name);
    chat.expire();
    t.equal(await chat.ended, undefined, name);
    t.same([chat.client.over, chat.server.over], ['closed', 'closed'], name);
  }
  const silent = new Conversation();
  await settle();
  silent.expire();
  t.match(await silent.ended, { name: 'RelayError' });
});

t.test('an incomplete message is recorded as far as it arrived', async (t) => {
  const chat = new Conversation();
  chat.client.give(fragments(TEXT, Buffer.from('abcdef'), 3, 0, KEY)[0]!);
  chat.client.give(frame({ opcode: PING, key: KEY }));
  await settle();
  await chat.end();
  t.same(await chat.recorded(), ['> 9 ', '> 1 abc more']);
  t.equal(chat.flow.messages!.count, 2);
});

t.test('an addon kills the flow', async (t) => {
  const kill: Addon['websocketMessage'] = ({ flow }) => flow.kill();
  for (const addon of [{ websocketMessage: kill }, { observes: true, websocketMessage: kill } as Addon]) {
    const chat = new Conversation({ addons: [addon] });
    chat.client.give(text('secret', KEY));
    t.match(await chat.ended, { name: 'KilledError' });
    t.equal(chat.server.sent, '');
    t.same([chat.client.over, chat.server.over], ['broken off', 'reset']);
  }
  const chat = new Conversation({ addons: [{ websocketStart: (flow) => flow.kill() }] });
  chat.client.give(text('secret', KEY));
  t.match(await chat.ended, { name: 'KilledError' });
  t.equal(chat.server.sent, '');
});

t.test('messages are counted if no addon or output keeps them', async (t) => {
  const chat = new Conversation({ keeps: false });
  chat.client.give(Buffer.concat([text('abc', KEY), frame({ opcode: PING, key: KEY })]));
  await settle();
  await chat.end();
  t.same([chat.flow.messages!.count, chat.flow.messages!.size, chat.flow.messages!.stored], [2, 3, undefined]);
});
