import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeFlows } from '../../cli/flows.js';
import { Tsdump } from '../../cli/tsdump.js';
import { folder } from '../../support/folder.js';
import { RawOrigin } from '../../support/raw-origin.js';
import { until } from '../../support/until.js';
import { needs } from '../support/command.js';
import { mirror, Origin } from '../support/origin.js';
import { recordCurl, replayed, replayWarm } from './support.js';

const CURL = needs('curl');

t.test('a filter selects what is sent, and nothing else', async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = join(folder(t), 'capture');
  await writeFlows(capture, 4);
  // Even ones were answered with 500, which no response is now.
  const { ended, flows } = await replayed(t, capture, ['--replay-to', origin.url(''), '~c 500']);
  t.equal(ended.code, 0, ended.stderr);
  t.same(
    flows.map(({ flow }) => flow.request.path),
    ['/2', '/4'],
  );
  t.match(String(ended.stdout), /GET .*\/2\n/);
  t.equal(flows[0]!.flow.isReplay, 'request');
  t.equal(typeof flows[0]!.flow.metadata.replayed_from, 'string');
});

t.test('a time range selects what is sent', async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = join(folder(t), 'capture');
  await writeFlows(capture, 4);
  for (const [args, sent] of [
    [['--since', '2h'], []],
    [
      ['--before', '2h'],
      ['/1', '/2', '/3', '/4'],
    ],
    [['--before', '2h', '~bs "body 3"'], ['/3']],
  ] as const) {
    origin.received.length = 0;
    const { code } = await replayWarm(capture, ['--replay-to', origin.url(''), ...args]);
    t.equal(code, 0, args.join(' '));
    t.same(
      origin.received.map(({ target }) => target),
      sent,
      args.join(' '),
    );
  }
});

t.test('a filter on bodies', async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = join(folder(t), 'capture');
  await writeFlows(capture, 4);
  for (const more of [[], ['--replay-count', '2']]) {
    origin.received.length = 0;
    await replayWarm(capture, ['--replay-to', origin.url(''), '~bs "body 3"', ...more]);
    t.same(new Set(origin.received.map(({ target }) => target)), new Set(['/3']));
  }
});

t.test('credentials go along to mapped servers only', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = await recordCurl(t, [[origin.url('/'), '-b', 'session=1', '-H', 'Authorization: Bearer x']]);
  for (const [args, sent, said] of [
    [['--replay-to', origin.url('')], true, true],
    [['--replay-map', `127.0.0.1=${origin.url('')}`], true, true],
    [['--replay-anywhere'], false, false],
    [['--replay-anywhere', '--replay-map', `127.0.0.1=${origin.url('')}`], true, true],
    [['--replay-to', origin.url(''), '--replay-drop-credentials'], false, false],
  ] as const) {
    origin.received.length = 0;
    const ended = await replayWarm(capture, args);
    t.equal(ended.code, 0, ended.stderr);
    const names = origin.received[0]!.headers.map((line) => line.split(':')[0]!.toLowerCase());
    t.equal(names.includes('cookie') && names.includes('authorization'), sent, args.join(' '));
    t.equal(names.includes('cookie') || names.includes('authorization'), sent, args.join(' '));
    t.equal(/1 request had credentials/.test(ended.stderr), said, args.join(' '));
  }
});

t.test('several at a time', async (t) => {
  let open = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  const origin = await Origin.start(t, (_received, response) => {
    most = Math.max(most, ++open);
    waiting.push(() => {
      open--;
      response.end();
    });
    if (open === 4) for (const answer of waiting.splice(0)) answer();
  });
  const capture = join(folder(t), 'capture');
  await writeFlows(capture, 20);
  const ended = await replayWarm(capture, ['--replay-to', origin.url(''), '--replay-concurrency', '4']);
  t.equal(ended.code, 0, ended.stderr);
  t.equal(most, 4);
  t.equal(origin.received.length, 20);
  t.ok(origin.connections <= 4, `${origin.connections} connections`);
});

for (const [name, args, count] of [
  ['rounds', ['--replay-count', '3'], 15],
  ['rounds of a rate', ['--replay-count', '3', '--replay-rate', '1000/s'], 15],
  ['in the recorded rhythm', ['--replay-timing', '1000x'], 5],
  ['in the recorded rhythm, and a filter', ['--replay-timing', '1000x', '~u /1'], 1],
] as const) {
  t.test(name, async (t) => {
    const origin = await Origin.start(t, mirror);
    const capture = join(folder(t), 'capture');
    await writeFlows(capture, 5);
    const ended = await replayWarm(capture, ['--replay-to', origin.url(''), ...args]);
    t.equal(ended.code, 0, ended.stderr);
    t.equal(origin.received.length, count);
    if (name !== 'rounds') t.match(ended.stderr, /sent late by/);
  });
}

t.test('a duration ends the last round', async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = join(folder(t), 'capture');
  await writeFlows(capture, 2);
  const ended = await replayWarm(capture, ['--replay-to', origin.url(''), '--replay-duration', '1.5']);
  t.equal(ended.code, 0, ended.stderr);
  t.ok(origin.received.length > 2, 'more than one round');
});

t.test('a pipe: a flow is sent although none follows', async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = join(folder(t), 'capture');
  await writeFlows(capture, 2);
  const program = new Tsdump(t, ['-C', '-', '--replay-to', origin.url(''), '--set', 'replay_window=0.2']);
  program.child.stdin!.write(readFileSync(capture));
  await until(() => origin.received.length === 2, 'both requests');
  program.child.kill('SIGINT');
  const { code, stderr } = await program.ended;
  t.equal(code, 0, stderr);
  t.match(stderr, /Sent 2 requests/);
});

t.test('a pipe that ends, rounds of one, and one that is not at all', async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = join(folder(t), 'capture');
  await writeFlows(capture, 3);
  for (const [args, input, count] of [
    [[], readFileSync(capture), 3],
    [['--replay-count', '2'], readFileSync(capture), 6],
    [['~u /2'], readFileSync(capture), 1],
    [[], Buffer.alloc(0), 0],
  ] as const) {
    origin.received.length = 0;
    const ended = await replayWarm('-', ['--replay-to', origin.url(''), ...args], input);
    t.equal(ended.code, 0, ended.stderr);
    t.equal(origin.received.length, count);
  }
});

t.test('a server that does not answer', async (t) => {
  const origin = await RawOrigin.start(t);
  const capture = join(folder(t), 'capture');
  await writeFlows(capture, 1);
  const ended = await replayWarm(capture, ['--replay-to', `http://${origin.authority}`, '--set', 'replay_timeout=0.3']);
  t.equal(ended.code, 1);
  t.match(ended.stderr, /failed: 1 \(upstream-timeout: 1\)/);
});

t.test('further attempts', async (t) => {
  const origin = await RawOrigin.start(t, async (wire, index) => {
    await wire.has('\r\n\r\n');
    if (index < 2) wire.socket.resetAndDestroy();
    else wire.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  const capture = join(folder(t), 'capture');
  await writeFlows(capture, 1);
  const { ended, flows } = await replayed(t, capture, [
    '--replay-to',
    `http://${origin.authority}`,
    '--set',
    'replay_retries=2',
  ]);
  t.equal(ended.code, 0, ended.stderr);
  t.match(ended.stderr, /further attempts: 2/);
  t.same(
    flows.map(({ flow }) => [flow.response?.statusCode, flow.metadata.replay_attempt]),
    [
      [undefined, undefined],
      [undefined, 2],
      [200, 3],
    ],
  );
});

t.test('quiet', async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = join(folder(t), 'capture');
  await writeFlows(capture, 1);
  const ended = await replayWarm(capture, ['--replay-to', origin.url(''), '-q']);
  t.equal(ended.stderr + ended.stdout, '', 'quiet');
});
