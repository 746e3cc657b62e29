import t from 'tap';
import { VirtualChannel } from '../../../src/engine/net/virtual-channel.js';
import { encodeClose } from '../../../src/engine/websocket/close-frame.js';
import { type FrameReader, type FrameSink, FrameReader as Frames } from '../../../src/engine/websocket/frame-reader.js';
import { encodeFrame } from '../../../src/engine/websocket/frame-writer.js';
import { masked } from '../../../src/engine/websocket/mask.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import type { HttpFlow, WebSocketClose } from '../../../src/flow/flow.js';
import type { Message } from '../../../src/flow/message-log/message.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { WebSocketPlayer } from '../../../src/replay/client/websocket-player.js';
import { FakeClock, settled } from './pace/fake-clock.js';
import { testFlow } from './support.js';

const CLOSED: WebSocketClose = { byClient: true, code: 1000, reason: 'bye', timestamp: 200 };

/** `>text` and `<text` are messages of client and server, `>ping` and `>pong` control frames. */
function recording(
  messages: readonly string[],
  close: Partial<WebSocketClose> = {},
  more: Partial<Message> = {},
): HttpFlow {
  const flow = testFlow({ began: 100, ended: 101 });
  flow.response!.timestampStart = 101;
  flow.messages = new MessageLog();
  flow.messages.keepIn(new SpoolPolicy());
  for (const [at, text] of messages.entries()) {
    const content = text.slice(1);
    const opcode = content === 'ping' ? 9 : content === 'pong' ? 10 : 1;
    flow.messages.append({
      fromClient: text[0] === '>',
      opcode,
      timestamp: 102 + at,
      content: Buffer.from(content),
      ...more,
    });
  }
  flow.websocket = { ...CLOSED, ...close };
  return flow;
}

/** The server's end of a played connection. */
class Server implements FrameSink {
  readonly channel = new VirtualChannel();
  readonly heard: string[] = [];
  private readonly frames: FrameReader = new Frames();
  private content = '';

  constructor(player: WebSocketPlayer) {
    player.play(this.channel);
    this.channel.stream.on('data', (bytes: Buffer) => this.frames.read(bytes, this));
    this.channel.stream.on('end', () => this.heard.push('end'));
  }

  frameBegins(): boolean {
    t.equal(this.frames.isMasked, true, 'clients mask');
    this.content = '';
    return true;
  }
  framePayload(bytes: Buffer, from: number, to: number): void {
    this.content += masked(bytes, from, to, this.frames.key, this.frames.passed).toString('latin1');
  }
  frameEnds(): void {
    const { opcode } = this.frames;
    const isClose = opcode === 8;
    const text =
      isClose && this.content !== ''
        ? Buffer.from(this.content, 'latin1').readUInt16BE(0) + this.content.slice(2)
        : this.content;
    this.heard.push(`${opcode} ${text}`);
  }

  async say(text: string, opcode = 1): Promise<void> {
    for (const bytes of encodeFrame(Buffer.from(text), { opcode, masks: false })) this.channel.stream.write(bytes);
    await settled();
  }
  async close(code: number): Promise<void> {
    this.channel.stream.write(encodeClose({ code, reason: '' }, { masks: false }));
    await settled();
  }
}

async function play(flow: HttpFlow, speed?: number): Promise<{ server: Server; clock: FakeClock }> {
  const clock = new FakeClock();
  const server = new Server(new WebSocketPlayer(flow, { clock, speed, patience: 5000 }));
  await settled();
  return { server, clock };
}

t.test('a message is sent when those before it were answered', async (t) => {
  const { server } = await play(recording(['>hello', '<a', '<b', '>next', '<c']));
  t.same(server.heard, ['1 hello']);
  await server.say('x');
  t.same(server.heard, ['1 hello']);
  await server.say('y', 2);
  t.same(server.heard.slice(1), ['1 next']);
  await server.say('z');
  t.same(server.heard.slice(2), ['8 1000bye'], 'it closes after the last answer');
  await server.close(1000);
  t.same(server.heard.slice(3), ['end']);
});

t.test('a server that speaks first', async (t) => {
  const { server } = await play(recording(['<welcome', '>hello']));
  t.same(server.heard, []);
  await server.say('welcome');
  t.same(server.heard, ['1 hello', '8 1000bye']);
});

t.test('a silent server is not waited for for ever', async (t) => {
  const { server, clock } = await play(recording(['>a', '<1', '<2', '>b']));
  await server.say('1');
  await clock.advance(4999);
  t.same(server.heard, ['1 a']);
  await clock.advance(5001);
  t.same(server.heard, ['1 a', '1 b', '8 1000bye']);
});

t.test('pings are sent again, and answered as they come', async (t) => {
  const { server } = await play(recording(['>ping', '<pong', '<ping', '>pong', '>a', '<b']));
  t.same(server.heard, ['9 ping', '1 a']);
  await server.say('are you there', 9);
  t.same(server.heard.slice(2), ['10 are you there']);
  await server.say('b');
  t.same(server.heard.slice(3), ['8 1000bye']);
});

t.test('what an addon dropped did not reach the server', async (t) => {
  const { server } = await play(recording(['>a'], {}, { dropped: true }));
  t.same(server.heard, ['8 1000bye']);
});

t.test('what an addon sent to the client did not come from the server', async (t) => {
  const { server } = await play(recording(['<a', '>b'], {}, { injected: true }));
  t.same(server.heard, ['1 b', '8 1000bye']);
});

t.test('the server closes', async (t) => {
  const { server } = await play(recording(['>a'], { byClient: false }));
  t.same(server.heard, ['1 a'], 'it is waited for');
  await server.close(1001);
  t.same(server.heard.slice(1), ['8 1001', 'end'], 'and echoed');
});

t.test('the server closes early', async (t) => {
  const { server } = await play(recording(['>a', '<b', '>c']));
  await server.close(1011);
  t.same(server.heard, ['1 a', '8 1011', 'end']);
});

t.test('the server ends without closing', async (t) => {
  const { server } = await play(recording(['>a', '<b', '>c']));
  server.channel.stream.end();
  await settled();
  t.same(server.heard, ['1 a', 'end']);
});

for (const [code, heard] of [
  [undefined, '8 1000bye'],
  [1005, '8 '],
  [1006, 'end'],
  [4001, '8 4001bye'],
] as const) {
  t.test(`closed with ${code}`, async (t) => {
    const { server } = await play(recording([], { code }));
    t.same(server.heard, [heard]);
  });
}

t.test('by rhythm', async (t) => {
  const { server, clock } = await play(recording(['>a', '<x', '>b']), 2);
  await clock.advance(499);
  t.same(server.heard, []);
  await clock.advance(1);
  t.same(server.heard, ['1 a']);
  await clock.advance(1000);
  t.same(server.heard, ['1 a', '1 b'], 'without waiting for the server');
});

t.test('frames in pieces', async (t) => {
  const { server } = await play(recording(['<a', '>b']));
  const bytes = Buffer.concat(encodeFrame(Buffer.alloc(300), { opcode: 1, masks: false }));
  for (const byte of bytes) server.channel.stream.write(Buffer.of(byte));
  await settled();
  t.same(server.heard, ['1 b', '8 1000bye']);
});
