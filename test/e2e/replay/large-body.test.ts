import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { exchange } from '../../addons/rewrite/flows.js';
import { HOME, Tsdump } from '../../cli/tsdump.js';
import { toFormat } from '../../serialize/flows.js';
import { folder } from '../../support/folder.js';
import { until } from '../../support/until.js';
import { patterned } from '../support/patterned.js';

const SIZE = 100_000_000;
/** Bytes that the program may hold at a time beyond those it holds before the replay, far less than a body. */
const ALLOWED = 50_000_000;

/** A script that appends the bytes that the program holds to a file, again and again. */
const SAMPLER = (path: string): string => `
import { appendFileSync } from 'node:fs';
import { liveBytes } from ${JSON.stringify(fileURLToPath(new URL('../../support/live-memory.js', import.meta.url)))};
const sample = () => appendFileSync(${JSON.stringify(path)}, liveBytes() + '\\n');
sample();
setInterval(sample, 200).unref();
`;

t.test('bodies of 100 MB in both directions are never held as a whole', async (t) => {
  const body = patterned(SIZE);
  const text = body.toString('latin1');
  const wanted = createHash('sha256').update(text).digest('hex');
  const work = folder(t);
  const capture = join(work, 'capture.bin');
  const flow = exchange({ method: 'PUT', url: 'http://a.test/large', requestBody: text });
  writeFileSync(capture, await toFormat('native', [flow]));
  const script = join(work, 'sampler.mjs');
  const held = join(work, 'held');
  writeFileSync(script, SAMPLER(held));
  const samples = (): number[] => (existsSync(held) ? readFileSync(held, 'latin1').trim().split('\n').map(Number) : []);
  /** The program is measured while it waits for the server. */
  const measured = async (): Promise<void> => {
    const before = samples().length;
    await until(() => samples().length >= before + 2, 'the memory to be measured');
  };

  let received = '';
  const server = createServer(async (request, response) => {
    const hash = createHash('sha256');
    let isFirst = true;
    for await (const chunk of request) {
      hash.update(chunk as Buffer);
      if (isFirst) await measured();
      isFirst = false;
    }
    received = hash.digest('hex');
    response.write(body.subarray(0, SIZE / 2));
    await measured();
    response.end(body.subarray(SIZE / 2));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const output = join(work, 'replayed.bin');
  const confdir = join(HOME, '.tsdump');
  const options = ['-C', capture, '--replay-to', to, '-w', output, '-s', script, '--set', `confdir=${confdir}`];
  const { code, stderr } = await new Tsdump(t, options).ended;
  t.equal(code, 0, stderr);
  t.equal(received, wanted, 'the server got the recorded body');
  const [first = 0, ...later] = samples();
  const most = Math.max(...later) - first;
  t.ok(later.length >= 4 && most < ALLOWED, `${most} bytes more`);
  t.ok(readFileSync(output).length > 2 * SIZE, 'both bodies are recorded');
});
