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

const SIZE = 60_000_000;
const LARGE = patterned(SIZE);
/** A body that makes the program reach the memory that it needs for any. */
const SMALL = '/small';
const SMALL_SIZE = 10_000_000;
/** Milliseconds that a slow disk may take. */
const DISK = 40_000;

const noProc = process.platform !== 'linux' && 'the peak of memory is known on Linux only';
const MEASURED = { skip: needs('curl').skip || orSkip(noProc).skip };

for (const count of [1, 6]) {
  t.test(`${count} × 60 MB at once: memory does not grow with them`, MEASURED, async (t) => {
    const origin = await Origin.start(t, ({ target }, response) =>
      response.end(target === SMALL ? LARGE.subarray(0, SMALL_SIZE) : LARGE),
    );
    const recording = await Recording.start(t);
    const download = async (path: string, size: number) => {
      const { stdout } = await curl(recording.url, ['-o', '/dev/null', '-w', '%{size_download}', origin.url(path)]);
      t.equal(String(stdout), String(size));
    };
    const all = (path: string, size: number) => Promise.all(Array.from({ length: count }, () => download(path, size)));
    await all(SMALL, SMALL_SIZE);
    await staysSmall(t, recording, count * SMALL_SIZE, count * SIZE, () => all('/', SIZE));
    t.equal(await wholeFlows(recording.capture), count, 'all is recorded');
  });
}

t.test('an upload of 60 MB: memory does not grow with it', MEASURED, async (t) => {
  const origin = await Origin.start(t, (received, response) => {
    response.end(String(received.body.length));
  });
  const recording = await Recording.start(t);
  const upload = async (input: Buffer) => {
    const { stdout } = await curl(recording.url, ['-X', 'POST', '-T', '-', origin.url('/')], { input });
    t.equal(String(stdout), String(input.length));
  };
  await upload(LARGE.subarray(0, SMALL_SIZE));
  await staysSmall(t, recording, SMALL_SIZE, SIZE, () => upload(LARGE));
  t.equal(await wholeFlows(recording.capture), 1, 'all is recorded');
});

/** Checks that the peak of memory grows by less than half of what passes, and ends the program. */
async function staysSmall(t: Test, recording: Recording, before: number, size: number, pass: () => Promise<unknown>) {
  // The program may be behind its clients.
  const written = (bytes: number) =>
    until(() => statSync(recording.capture).size > bytes, 'the bodies to be written', DISK);
  await written(before);
  const first = peakRss(recording);
  await pass();
  await written(before + size);
  const grown = peakRss(recording) - first;
  t.ok(grown < size / 2, `it grows by ${grown} bytes`);
  await recording.stop(t);
}

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

/** The largest resident set so far, in bytes. */
function peakRss({ program }: Recording): number {
  const status = readFileSync(`/proc/${program.child.pid}/status`, 'latin1');
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)![1]) * 1024;
}

/** How many flows of a capture have the large body, in one direction. */
async function wholeFlows(capture: string): Promise<number> {
  let count = 0;
  const onDamage = ({ message }: { message: string }): void => {
    throw new Error(message);
  };
  await readFlows({ path: capture }, { policy: new SpoolPolicy(), onDamage }, async (flow) => {
    const { request, response } = flow as HttpFlow;
    const body = request.body.size > 0 ? request.body : response!.body;
    if (body.size !== SIZE) return;
    let size = 0;
    for await (const chunk of body.rawChunks()) {
      if (!chunk.equals(LARGE.subarray(size, size + chunk.length))) return;
      size += chunk.length;
    }
    if (size === SIZE && body.complete) count++;
  });
  return count;
}
