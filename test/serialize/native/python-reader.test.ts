import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { toBytes } from '../flows.js';
import { plainHttpFlow, sampleFlows } from '../sample-flows.js';
import { splitRecords } from './records.js';

const folder = fileURLToPath(new URL('../../../../test/serialize/python', import.meta.url));
const description = fileURLToPath(new URL('../../../../docs/flow-format.md', import.meta.url));
// Assignment expressions, which the reader uses, came with 3.8.
const python38 = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']);
const skip = python38.status === 0 ? false : 'python3 3.8 or newer is not installed';

t.test('the reader that the description shows', { skip }, async (t) => {
  const reader = readFileSync(`${folder}/read_flows.py`, 'utf8');
  t.ok(readFileSync(description, 'utf8').includes(`\`\`\`python\n${reader}\`\`\``), 'is the one that is tested');

  const flows = [...sampleFlows(), plainHttpFlow('/text', 'again and '.repeat(100))];
  const input = await toBytes(flows);
  const lines = python('flows_to_json.py', input).trim().split('\n');
  const expected = splitRecords(input).map(({ metadata, bodies }) => ({
    flow: plain(metadata),
    bodies: plain(bodiesByKind(metadata.bodies ?? [], bodies)),
  }));
  t.equal(lines.length, flows.length);
  t.strictSame(
    lines.map((line) => JSON.parse(line)),
    expected,
  );

  const [first, second] = expected.map(({ flow }) => flow as ReturnType<typeof JSON.parse>);
  t.match(first, {
    type: 'http',
    request: { method: 'POST', path: '/caf\xe9?q=\xff%00' },
    server: { tls: { alpn: 'h2' } },
  });
  t.match(second, { version: 1, server: { address: ['example.com', 80] }, response: { status: 200, reason: 'OK' } });

  const packed = await toBytes(flows, 'gzip');
  const unpacked = python('flows_to_json.py', packed).trim().split('\n');
  const entries = splitRecords(packed).map(({ metadata }) => metadata.bodies);
  t.strictSame(
    unpacked.map((line) => JSON.parse(line)),
    expected.map(({ flow, bodies }, at) => ({
      flow: entries[at] ? { ...(flow as object), bodies: entries[at] } : flow,
      bodies,
    })),
    'compressed with gzip',
  );
  t.ok(entries.at(-1)!.every(({ coding }) => coding === 'gzip'));

  t.equal(python('read_flows.py', input).trim().split('\n')[1], `${flows[1]!.id} http /`);
});

function python(script: string, input: Buffer): string {
  const installed = spawnSync('python3', ['-c', 'import msgpack']).status === 0;
  const env = installed ? process.env : { ...process.env, PYTHONPATH: `${folder}/stand-in` };
  return execFileSync('python3', ['-B', `${folder}/${script}`], { input, encoding: 'utf8', env });
}

function bodiesByKind(
  entries: { kind: string; length: number; size: number; count?: number }[],
  bytes: Buffer,
): unknown {
  let at = 0;
  return Object.fromEntries(
    entries.map(({ kind, length, size, count }) => {
      at += length;
      const kept = length > 0 || !(size || count);
      return [kind, kept ? bytes.subarray(at - length, at) : null];
    }),
  );
}

/** As the script prints it. */
function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return { hex: value.toString('hex') };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
