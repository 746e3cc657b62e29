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
import { orSkip } from '../support/command.js';
import { patterned } from '../support/patterned.js';

const SIZE = 100_000_000;
const noProc = process.platform !== 'linux' && 'the peak of memory is known on Linux only';

t.test('bodies of 100 MB in both directions, in less than 200 MiB', orSkip(noProc), async (t) => {
  const body = patterned(SIZE);
  const text = body.toString('latin1');
  const wanted = createHash('sha256').update(text).digest('hex');
  const capture = join(folder(t), 'capture.bin');
  const flow = exchange({ method: 'PUT', url: 'http://a.test/large', requestBody: text });
  writeFileSync(capture, await toFormat('native', [flow]));

  let received = '';
  let peak = Number.POSITIVE_INFINITY;
  const server = createServer(async (request, response) => {
    const hash = createHash('sha256');
    for await (const chunk of request) hash.update(chunk as Buffer);
    received = hash.digest('hex');
    response.end(body, () => {
      const status = readFileSync(`/proc/${program.child.pid}/status`, 'latin1');
      peak = Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const output = join(folder(t), 'replayed.bin');
  const confdir = join(HOME, '.tsdump');
  const program = new Tsdump(t, ['-C', capture, '--replay-to', to, '-w', output, '--set', `confdir=${confdir}`]);
  const { code, stderr } = await program.ended;
  t.equal(code, 0, stderr);
  t.equal(received, wanted, 'the server got the recorded body');
  t.comment(`peak: ${peak} MiB`);
  t.ok(peak < 200, `${peak} MiB`);
  const recorded = readFileSync(output);
  t.ok(recorded.length > 2 * SIZE, 'both bodies are recorded');
});
