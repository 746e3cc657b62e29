import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { exchange } from '../../addons/rewrite/flows.js';
import { HOME, Tsdump } from '../../cli/tsdump.js';
import { toFormat } from '../../serialize/flows.js';
import { folder } from '../../support/folder.js';
import { MemorySampler } from '../support/memory-sampler.js';
import { patterned } from '../support/patterned.js';

const SIZE = 100_000_000;
/** Bytes that the program may hold at a time beyond those it holds before the replay, far less than a body. */
const ALLOWED = 50_000_000;

t.test('bodies of 100 MB in both directions are never held as a whole', async (t) => {
  const body = patterned(SIZE);
  const text = body.toString('latin1');
  const wanted = createHash('sha256').update(text).digest('hex');
  const work = folder(t);
  const capture = join(work, 'capture.bin');
  const flow = exchange({ method: 'PUT', url: 'http://a.test/large', requestBody: text });
  writeFileSync(capture, await toFormat('native', [flow]));
  const memory = new MemorySampler(t);

  let received = '';
  const server = createServer(async (request, response) => {
    const hash = createHash('sha256');
    let isFirst = true;
    for await (const chunk of request) {
      hash.update(chunk as Buffer);
      // The program waits for the server.
      if (isFirst) await memory.measured();
      isFirst = false;
    }
    received = hash.digest('hex');
    response.write(body.subarray(0, SIZE / 2));
    await memory.measured();
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
  const options = ['-C', capture, '--replay-to', to, '-w', output, '-s', memory.script, '--set', `confdir=${confdir}`];
  const { code, stderr } = await new Tsdump(t, options).ended;
  t.equal(code, 0, stderr);
  t.equal(received, wanted, 'the server got the recorded body');
  t.ok(memory.most < ALLOWED, `${memory.most} bytes more`);
  t.ok(readFileSync(output).length > 2 * SIZE, 'both bodies are recorded');
});
