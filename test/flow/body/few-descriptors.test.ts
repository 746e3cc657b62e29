import { spawnSync } from 'node:child_process';
import t from 'tap';

const MODULES = new URL('../../../src/flow/body/', import.meta.url);

/** Run where no file can be opened at first. */
const SCRIPT = `
  import { closeSync, openSync } from 'node:fs';
  import { ByteLog } from '${new URL('byte-log.js', MODULES)}';
  import { SpoolPolicy } from '${new URL('spool-policy.js', MODULES)}';
  const MIB = 1024 * 1024;
  const failures = [];
  const policy = new SpoolPolicy({ memoryTotal: MIB, onFailure: ({ code }) => failures.push(code) });
  const taken = [];
  for (;;) {
    try { taken.push(openSync('/dev/null')); } catch { break; }
  }
  const early = new ByteLog(policy);
  early.append(Buffer.alloc(MIB));
  const large = new ByteLog(policy);
  let keepsUp = true;
  let most = 0;
  for (let count = 0; count < 100; count++) {
    keepsUp = large.append(Buffer.alloc(MIB / 4));
    most = Math.max(most, policy.inMemory);
  }
  const lost = { keepsUp, failed: large.failed, most: most / MIB, early: early.buffer?.length, failures };
  for (const descriptor of taken) closeSync(descriptor);
  await new Promise((resolve) => setTimeout(resolve, 150));
  early.append(Buffer.alloc(1));
  let size = 0;
  for await (const piece of early.read()) size += piece.length;
  console.log(JSON.stringify({ ...lost, onDisk: early.buffer === undefined, size }));
`;

t.test('without descriptors, bodies stay in memory up to a limit, and go to disk afterwards', async (t) => {
  const ulimit = 'ulimit -n 64; exec "$0" --input-type=module -e "$1"';
  const { stdout, stderr } = spawnSync('sh', ['-c', ulimit, process.execPath, SCRIPT], { encoding: 'utf8' });
  t.equal(stderr, '');
  t.match(JSON.parse(stdout), {
    keepsUp: false,
    failed: true,
    early: 1024 * 1024,
    failures: ['EMFILE'],
    onDisk: true,
    size: 1024 * 1024 + 1,
  });
  t.ok((JSON.parse(stdout) as { most: number }).most <= 4.25);
});
