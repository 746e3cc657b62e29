import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { readPaths, writeFlows } from '../cli/flows.js';
import { run } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { COMPRESSIONS } from '../serialize/compression/available.js';
import { folder, write } from '../support/folder.js';
import { rounds } from '../support/rounds.js';
import { killUnderLoad, startOrigin } from './support/kills.js';

const NO_ZSTD = { skip: COMPRESSIONS.includes('zstd') && 'this runtime has zstd' };

for (const [name, args] of [
  ['capture.bin.gz', []],
  ['capture.jsonl.gz', []],
  ['capture.bin', ['--compress', 'gzip']],
] as const) {
  t.test(`SIGKILL under load, ${[name, ...args].join(' ')}: what was answered a second before is there`, async (t) => {
    const origin = await startOrigin(t, 300_000);
    const capture = join(folder(t), name);
    await killUnderLoad(t, origin, { capture, args, rounds: rounds(2, 10), clients: 4, damage: /offset \d+/ });
  });
}

t.test('records: compressed, filtered, copied, decompressed', async (t) => {
  const dir = folder(t);
  const plain = join(dir, 'plain.bin');
  await writeFlows(plain, 200);
  const at = (name: string) => join(dir, name);
  const packed = at('packed.bin');
  t.equal((await runWarm(['-nqr', plain, '-w', packed, '--compress', 'gzip'])).code, 0);
  t.ok(statSync(packed).size < statSync(plain).size * 0.8);
  t.equal((await runWarm(['-nqr', packed, '-w', at('copy.bin')])).code, 0);
  t.ok(readFileSync(at('copy.bin')).equals(readFileSync(packed)), 'copied as bytes');
  t.equal((await runWarm(['-nqr', packed, '-w', at('none.bin'), '--compress', 'none'])).code, 0);
  t.equal(statSync(at('none.bin')).size, statSync(plain).size, 'none undoes it');
  const { stdout } = await runWarm(['-nr', '-', '--flow-detail', '1', '~c 500 & ~b "body 10"'], {
    input: readFileSync(packed),
  });
  t.same(
    [...String(stdout).matchAll(/\/(\d+)$/gm)].map(([, number]) => number),
    ['10', '100', '102', '104', '106', '108'],
  );
});

t.test('whole files of each format', async (t) => {
  const dir = folder(t);
  const plain = join(dir, 'plain.bin');
  await writeFlows(plain, 30);
  for (const name of ['flows.bin.gz', 'flows.har.gz', 'flows.jsonl.gz', 'FLOWS.GZ']) {
    const path = join(dir, name);
    const { code, stderr } = await runWarm(['-nqr', plain, '-w', path]);
    t.same([code, stderr], [0, ''], name);
    const inside = gunzipSync(readFileSync(path));
    if (name.startsWith('flows.har')) t.equal(JSON.parse(String(inside)).log.entries.length, 30);
    else if (name.startsWith('flows.jsonl')) t.equal(String(inside).trim().split('\n').length, 30);
    else t.ok(inside.equals(readFileSync(plain)));
    t.equal(await readPaths(path), await readPaths(plain), name);
    // Whatever the name, and from stdin.
    t.equal(await readPaths(write(join(dir, 'unnamed'), readFileSync(path))), await readPaths(plain));
    const piped = await run(t, ['-nqr', '-', '--format', 'jsonl', '-w', '-'], { input: readFileSync(path) });
    t.equal(String(piped.stdout).trim().split('\n').length, 30, `${name} from stdin`);
  }
});

t.test('appending to whole files', async (t) => {
  const dir = folder(t);
  const plain = join(dir, 'plain.bin');
  await writeFlows(plain, 3);
  for (const name of ['both.bin.gz', 'both.jsonl.gz']) {
    const path = join(dir, name);
    for (const _time of [1, 2]) t.equal((await runWarm(['-nqr', plain, '-w', `+${path}`])).code, 0);
    t.equal(await readPaths(path), '/1 /2 /3 /1 /2 /3', name);
  }
  for (const [name, content, reason] of [
    ['plain.gz', readFileSync(plain), /not compressed with gzip/],
    ['text.gz', gzipSync('some text'), /it is text/],
    ['other.jsonl.gz', gzipSync(readFileSync(plain)), /it is a tsdump flow file/],
    ['har.har.gz', gzipSync('{"log":{"entries":[]}}'), /nothing can be appended to a HAR file/],
  ] as const) {
    const path = write(join(dir, name), content);
    const { code, stderr } = await runWarm(['-nqr', plain, '-w', `+${path}`]);
    t.equal(code, 5, name);
    t.match(stderr, reason, name);
    t.ok(readFileSync(path).equals(content), `${name} is as it was`);
  }
});

t.test('rotation of whole files', async (t) => {
  const dir = folder(t);
  const plain = join(dir, 'plain.bin');
  await writeFlows(plain, 5);
  const { code, stderr } = await runWarm(['-nqr', plain, '-w', join(dir, 'part.bin.gz'), '--set', 'rotate_flows=2']);
  t.same([code, stderr], [0, '']);
  t.equal(await readPaths(join(dir, 'part.bin.gz')), '/5');
  const { stdout } = await runWarm(['-nr', join(dir, 'part.*Z.bin.gz'), '--flow-detail', '1']);
  t.equal(String(stdout).match(/GET /g)!.length, 4);
});

t.test('a compressed file that is cut off', async (t) => {
  const dir = folder(t);
  const plain = join(dir, 'plain.bin');
  await writeFlows(plain, 300);
  const bytes = gzipSync(readFileSync(plain));
  const cut = write(join(dir, 'cut'), bytes.subarray(0, bytes.length - 100));
  const { code, stdout, stderr } = await runWarm(['-nr', cut, '--flow-detail', '1']);
  t.equal(code, 4);
  t.match(stderr, `cut: the gzip data is cut off: it ends at offset ${bytes.length - 100}`);
  t.ok(String(stdout).match(/GET /g)!.length > 250);
  const strict = await runWarm(['-nr', cut, '--strict']);
  t.equal(strict.code, 4);
});

t.test('wrong usage', async (t) => {
  const dir = folder(t);
  const plain = join(dir, 'plain.bin');
  await writeFlows(plain, 1);
  const har = join(dir, 'flows.har');
  const { code, stderr } = await runWarm(['-nqr', plain, '-w', har, '--compress', 'gzip']);
  t.equal(code, 2);
  t.match(stderr, /--compress: only records of the native format are compressed/);
  t.equal((await runWarm(['-nqr', plain, '-w', har, '--compress', 'none'])).code, 0);
  const confdir = write(join(dir, 'tsdump.yaml'), 'compress: gzip\n') && dir;
  t.equal(
    (await runWarm(['-nqr', plain, '-w', har, '--set', `confdir=${confdir}`])).code,
    0,
    'as a default it may not suit',
  );
});

t.test('zstd on a runtime without it', NO_ZSTD, async (t) => {
  const dir = folder(t);
  const plain = join(dir, 'plain.bin');
  await writeFlows(plain, 1);
  const out = write(join(dir, 'out.zst'), 'precious');
  for (const args of [
    ['-w', join(dir, 'out.bin'), '--compress', 'zstd'],
    ['-w', out],
    ['--set', `hardump=${out}`],
  ]) {
    const { code, stderr } = await run(t, ['-nqr', plain, ...args]);
    t.equal(code, 2, args.join(' '));
    t.match(stderr, /zstd needs Node\.js 22\.15 or newer, this is \d+/);
  }
  t.equal(String(readFileSync(out)), 'precious');
  const { code, stderr } = await runWarm(['-nqr', write(join(dir, 'in'), Buffer.from('28b52ffd0458', 'hex'))]);
  t.equal(code, 4);
  t.match(stderr, /Cannot read .+in: zstd needs Node\.js 22\.15/);
});
