import t from 'tap';
import type { MessageCodec, MessageSink } from '../../../src/engine/relay/message-codec.js';
import { Relay, type RelayOptions } from '../../../src/engine/relay/relay.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { Clock } from '../../../src/flow/clock.js';
import { LiveMessage } from '../../../src/flow/message-log/live-message.js';
import { type Message, MessageLog } from '../../../src/flow/message-log/message-log.js';
import { FakeChannel } from '../../support/fake-channel.js';
import { later } from '../../support/later.js';
import { testContext } from '../http/context.js';

interface Scene {
  client: FakeChannel;
  server: FakeChannel;
  relay: Relay;
  log: MessageLog;
  recorded(): Promise<string[]>;
}

function scene(options: Partial<RelayOptions> = {}): Scene {
  const client = new FakeChannel();
  const server = new FakeChannel();
  const log = new MessageLog();
  log.keepIn(new SpoolPolicy());
  const context = testContext([]);
  const relay = new Relay({ context, client, server, clock: new Clock(), log, onMessage: undefined, ...options });
  void relay.run();
  const recorded = async (): Promise<string[]> => {
    const lines: string[] = [];
    for await (const message of log) lines.push(describe(message));
    return lines;
  };
  return { client, server, relay, log, recorded };
}

function describe({ fromClient, opcode, content, dropped, injected }: Message): string {
  const flags = `${dropped ? ' dropped' : ''}${injected ? ' injected' : ''}`;
  return `${fromClient ? '>' : '<'} ${opcode} ${content}${flags}`;
}

/** Lines, each a message. */
class Lines implements MessageCodec {
  private rest = '';

  readonly atBoundary = true;

  constructor(private readonly fromClient: boolean) {}

  decode(chunk: Buffer, to: MessageSink): void {
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) {
      if (line === 'bad') throw new Error('a bad line');
      to.offer(new LiveMessage(this.fromClient, 1, to.now(), Buffer.from(line)));
    }
  }

  encode({ content }: { content: Buffer }): Buffer[] {
    return [content, Buffer.from('\n')];
  }
}

t.test('bytes, without a codec', async (t) => {
  const { client, server, relay, recorded } = scene({
    early: { client: Buffer.from('early'), server: Buffer.alloc(0) },
  });
  client.give('a');
  await later();
  server.give('b');
  await later();
  client.give(null);
  server.give(null);
  t.equal(await relay.ended, undefined);
  t.same([server.sent, client.sent, server.ended, client.ended], ['earlya', 'b', true, true]);
  t.same(await recorded(), ['> 0 early', '> 0 a', '< 0 b']);
});

t.test('messages by a codec for each direction', async (t) => {
  const { client, server, relay, recorded } = scene({ codecs: { client: new Lines(true), server: new Lines(false) } });
  client.give('one\ntw');
  await later();
  server.give('three\n');
  client.give('o\n');
  await later();
  client.give(null);
  server.give(null);
  t.equal(await relay.ended, undefined);
  t.same([server.sent, client.sent], ['one\ntwo\n', 'three\n']);
  t.same(await recorded(), ['> 1 one', '< 1 three', '> 1 two']);
});

t.test('a flood of messages lets other connections be served', async (t) => {
  const { client, server, relay, recorded } = scene({ codecs: { client: new Lines(true), server: new Lines(false) } });
  let pauses = 0;
  client.stream.on('pause', () => pauses++);
  client.give('a\n'.repeat(2000));
  client.give('b\n');
  await later();
  t.equal(pauses, 1);
  await later();
  client.give(null);
  server.give(null);
  t.equal(await relay.ended, undefined);
  t.equal(server.sent, `${'a\n'.repeat(2000)}b\n`);
  t.equal((await recorded()).length, 2001);
});

t.test('a codec error after a flood of messages resets the connection, too', async (t) => {
  const { client, relay } = scene({ codecs: { client: new Lines(true), server: new Lines(false) } });
  client.give(`${'a\n'.repeat(2000)}bad\n`);
  t.match(await relay.ended, { message: 'a bad line' });
  t.notOk(client.stream.isPaused());
});

t.test('a codec error resets the connection', async (t) => {
  const { client, relay } = scene({ codecs: { client: new Lines(true), server: new Lines(false) } });
  client.give('bad\n');
  t.match(await relay.ended, { message: 'a bad line' });
});

t.test('messages are changed, dropped and injected; the record says so', async (t) => {
  const seen: string[] = [];
  const onMessage = (message: LiveMessage): undefined => {
    seen.push(String(message.content));
    if (String(message.content) === 'drop') message.drop();
    if (String(message.content) === 'change') message.content = Buffer.from('changed');
  };
  const { client, server, relay, recorded } = scene({
    codecs: { client: new Lines(true), server: new Lines(false) },
    onMessage,
  });
  client.give('drop\nchange\n');
  await later();
  relay.inject({ toClient: true, opcode: 2, content: Buffer.from('in') });
  relay.inject({ toClient: false, content: Buffer.from('out') });
  client.give(null);
  server.give(null);
  t.equal(await relay.ended, undefined);
  t.same([server.sent, client.sent], ['changed\nout\n', 'in\n']);
  t.same(await recorded(), ['> 1 drop dropped', '> 1 changed', '< 2 in injected', '> 0 out injected']);
  t.same(seen, ['drop', 'change', 'in', 'out'], 'addons see what is injected, too');
});

t.test('the order is kept with an asynchronous addon', async (t) => {
  const waiting: (() => void)[] = [];
  const onMessage = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const { client, server, relay, recorded } = scene({
    codecs: { client: new Lines(true), server: new Lines(false) },
    onMessage,
  });
  client.give('one\ntwo\n');
  await later();
  relay.inject({ toClient: false, content: Buffer.from('three') });
  client.give(null);
  server.give(null);
  for (let count = 0; count < 3; count++) {
    t.equal(server.ended, false);
    t.equal(waiting.length, 1, 'one at a time');
    waiting.pop()!();
    await later();
  }
  t.equal(await relay.ended, undefined);
  t.equal(server.sent, 'one\ntwo\nthree\n');
  t.same(await recorded(), ['> 1 one', '> 1 two', '> 0 three injected']);
});

t.test('a throwing codec callback resets the connection', async (t) => {
  const { client, relay, recorded } = scene({
    onMessage: () => {
      throw new Error('no');
    },
  });
  client.give('x');
  t.match(await relay.ended, { message: 'no' });
  t.same(await recorded(), []);
});
