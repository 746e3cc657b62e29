import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import t from 'tap';
import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import type { HttpFlow } from '../../src/flow/flow.js';
import { readFlows } from '../../src/serialize/input/reader.js';
import { until } from '../support/until.js';
import { needs } from './support/command.js';
import { curl } from './support/curl.js';
import { MemorySampler } from './support/memory-sampler.js';
import { mirror, Origin } from './support/origin.js';
import { patterned } from './support/patterned.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');
const SIZE = 60_000_000;
const LARGE = patterned(SIZE);
/** Bytes that the program may hold at a time beyond those it holds at its start, less than one of the bodies. */
const ALLOWED = 50_000_000;

for (const count of [1, 6]) {
  t.test(`${count} × 60 MB at once: memory does not grow with them`, CURL, async (t) => {
    const memory = new MemorySampler(t);
    /** Responses of which all but the last byte has left this process. */
    const sent: ServerResponse[] = [];
    const origin = await Origin.start(t, (_, response) => {
      response.write(LARGE.subarray(0, -1), () => sent.push(response));
    });
    const recording = await Recording.start(t, { args: ['-s', memory.script] });
    const download = async () => {
      const { stdout } = await curl(recording.url, ['-o', '/dev/null', '-w', '%{size_download}', origin.url('/')]);
      t.equal(String(stdout), String(SIZE));
    };
    const downloads = Promise.all(Array.from({ length: count }, download));
    await until(() => sent.length === count, 'the bodies to be sent');
    await memory.measured();
    for (const response of sent) response.end(LARGE.subarray(-1));
    await downloads;
    await recording.stop(t);
    t.ok(memory.most < ALLOWED, `${memory.most} bytes more`);
    t.equal(await wholeFlows(recording.capture), count, 'all is recorded');
  });
}

t.test('an upload of 60 MB: memory does not grow with it', CURL, async (t) => {
  const memory = new MemorySampler(t);
  const origin = await Origin.start(t, async ({ body }, response) => {
    await memory.measured();
    response.end(String(body.length));
  });
  const recording = await Recording.start(t, { args: ['-s', memory.script] });
  const { stdout } = await curl(recording.url, ['-X', 'POST', '-T', '-', origin.url('/')], { input: LARGE });
  t.equal(String(stdout), String(SIZE));
  await recording.stop(t);
  t.ok(memory.most < ALLOWED, `${memory.most} bytes more`);
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

/** The number of flows of a capture that have the large body, in one direction. */
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
