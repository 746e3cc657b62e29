import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import type { HttpFlow } from '../../src/flow/flow.js';
import { readFlows } from '../../src/serialize/input/reader.js';
import { until } from '../support/until.js';
import { needs, orSkip } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { patterned } from './support/patterned.js';
import { Recording } from './support/recording.js';

const SIZE = 100_000_000;
const LARGE = patterned(SIZE);
/** Milliseconds that a slow disk may take. */
const DISK = 40_000;

const noProc = process.platform !== 'linux' && 'the peak of memory is known on Linux only';
const MEASURED = { skip: needs('curl').skip || orSkip(noProc).skip };

for (const [count, limit] of [
  [1, 150],
  [10, 200],
] as const) {
  t.test(`${count} × 100 MB at once, in less than ${limit} MiB`, MEASURED, async (t) => {
    const origin = await startLargeOrigin(t);
    const recording = await Recording.start(t);
    const downloads = Array.from({ length: count }, () =>
      curl(recording.url, ['-o', '/dev/null', '-w', '%{size_download}', origin.url('/')]),
    );
    for (const { code, stdout } of await Promise.all(downloads)) {
      t.equal(code, 0);
      t.equal(String(stdout), String(SIZE));
    }
    // The program may be behind its clients.
    await until(() => statSync(recording.capture).size > count * SIZE, 'the bodies to be written', DISK);
    const peak = peakRss(recording);
    t.comment(`peak: ${peak} MiB`);
    t.ok(peak < limit, `${peak} MiB`);
    await recording.stop(t);
    t.equal(await wholeFlows(recording.capture), count, 'all is recorded');
  });
}

t.test('an upload of 100 MB, in less than 150 MiB', MEASURED, async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  const args = ['-X', 'POST', '-T', '-', origin.url('/')];
  const { stdout } = await curl(recording.url, args, { input: LARGE });
  t.equal(String(stdout), `POST / ${SIZE}\n`);
  await until(() => statSync(recording.capture).size > SIZE, 'the body to be written', DISK);
  const peak = peakRss(recording);
  t.comment(`peak: ${peak} MiB`);
  t.ok(peak < 150, `${peak} MiB`);
  await recording.stop(t);
  t.equal(await wholeFlows(recording.capture), 1, 'all is recorded');
});

t.test('2000 idle connections do not keep others waiting', async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  const sockets = Array.from({ length: 2000 }, () => connect(recording.port, '127.0.0.1'));
  t.teardown(() => sockets.map((socket) => socket.destroy()));
  await Promise.all(sockets.map((socket) => once(socket.resume(), 'connect')));
  let closed = 0;
  for (const socket of sockets) socket.on('close', () => closed++).on('error', () => {});
  // Some have asked for something before they fell silent.
  const kept = sockets.slice(0, 100);
  for (const socket of kept) socket.write(`GET ${origin.url('/kept')} HTTP/1.1\r\nHost: ${origin.authority}\r\n\r\n`);
  await Promise.all(kept.map((socket) => once(socket, 'data')));
  t.equal(String((await curl(recording.url, [origin.url('/one-more')])).stdout), 'GET /one-more 0\n');
  t.equal(closed, 0);
  t.equal((await recording.http(t)).length, 101);
  await until(() => closed === sockets.length, 'all connections to be closed');
});

/** Answers with a large body as fast as it is taken. */
function startLargeOrigin(t: Test): Promise<Origin> {
  return Origin.start(t, (_, response) => response.end(LARGE));
}

/** The largest resident set so far, in MiB. */
function peakRss({ program }: Recording): number {
  const status = readFileSync(`/proc/${program.child.pid}/status`, 'latin1');
  return Math.round(Number(/^VmHWM:\s*(\d+) kB/m.exec(status)![1]) / 1024);
}

/** How many flows of a capture have the large body, in one direction. */
async function wholeFlows(capture: string): Promise<number> {
  let count = 0;
  const onDamage = ({ message }: { message: string }): void => {
    throw new Error(message);
  };
  await readFlows({ path: capture }, { policy: new SpoolPolicy(), onDamage }, async (flow) => {
    const { request, response } = flow as HttpFlow;
    const body = request.body.size === SIZE ? request.body : response!.body;
    let size = 0;
    for await (const chunk of body.rawChunks()) {
      if (!chunk.equals(LARGE.subarray(size, size + chunk.length))) return;
      size += chunk.length;
    }
    if (size === SIZE && body.complete) count++;
  });
  return count;
}
