import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, createGzip, gzipSync } from 'node:zlib';
import t from 'tap';
import { codecOf } from '../../../src/serialize/compression/codec.js';
import { openFlowFile } from '../../../src/serialize/flow-file.js';
import type { FormatName } from '../../../src/serialize/formats.js';
import { Random } from '../../support/random.js';
import { failOnError, pathsOf, readAll, toFormat } from '../flows.js';
import { plainHttpFlow, tcpFlow } from '../sample-flows.js';
import { COMPRESSIONS } from './available.js';

const folder = t.testdir({});
const FORMATS = ['native', 'mitmproxy', 'jsonl'] as const;
const ENDINGS = { gzip: '.gz', zstd: '.zst' };

/** Appends a flow. @returns what was said */
async function append(path: string, format: FormatName): Promise<string[]> {
  const said: string[] = [];
  const { writer } = await openFlowFile(path, {
    format,
    append: true,
    fsync: false,
    onWarning: (message) => said.push(message),
    onError: failOnError,
  });
  await writer.write(plainHttpFlow('/new'));
  await writer.close();
  return said;
}

async function streams(format: FormatName): Promise<[Buffer, Buffer]> {
  const random = new Random(7);
  const text = (): string => random.bytes(150).toString('base64');
  const first = await toFormat(format, [plainHttpFlow('/1'), plainHttpFlow('/2', text())]);
  const flows = [plainHttpFlow('/3', text()), tcpFlow(), plainHttpFlow('/4', text()), plainHttpFlow('/5', text())];
  return [first, await toFormat(format, flows)];
}

for (const compression of COMPRESSIONS) {
  for (const format of FORMATS) {
    t.test(`${compression}, ${format}: a stream that was cut off anywhere`, async (t) => {
      const path = join(folder, `${format}${ENDINGS[compression]}`);
      const codec = codecOf(compression);
      const [first, second] = (await streams(format)).map((bytes) => codec.compress(bytes)) as [Buffer, Buffer];
      for (let cut = 0; cut < second.length; cut += 23) {
        const torn = Buffer.concat([first, second.subarray(0, cut)]);
        writeFileSync(path, torn);
        const before = pathsOf((await readAll(path)).flows);
        const said = await append(path, format);
        const { flows, damage } = await readAll(path);
        t.same([pathsOf(flows), damage], [[...before, '/new'], []], `cut at ${cut}`);
        t.match(said.join(), cut === 0 ? /^$/ : /the end was incomplete; .* the last \d+ bytes/, `cut at ${cut}`);
        t.ok(readFileSync(path).subarray(0, first.length).equals(first), 'what stands before is left alone');
      }
      t.notOk(readdirSync(folder).some((name) => name.endsWith('.mend')));
    });
  }
}

for (const compression of COMPRESSIONS) {
  t.test(`${compression}: a file in which nothing was written yet`, async (t) => {
    for (const format of FORMATS) {
      const path = join(folder, `empty-${format}${ENDINGS[compression]}`);
      writeFileSync(path, codecOf(compression).compress(Buffer.alloc(0)));
      t.same(await append(path, format), [], format);
      const { flows, damage } = await readAll(path);
      t.same([pathsOf(flows), damage], [['/new'], []], format);
    }
  });
}

t.test('the only stream, which was flushed but not ended', async (t) => {
  const path = join(folder, 'only.bin.gz');
  const [first] = await streams('native');
  const gzip = createGzip();
  const chunks: Buffer[] = [];
  gzip.on('data', (chunk) => chunks.push(chunk));
  gzip.write(first);
  await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, () => resolve()));
  writeFileSync(path, Buffer.concat(chunks));
  t.equal((await append(path, 'native')).length, 1);
  const { flows, damage } = await readAll(path);
  t.same([pathsOf(flows), damage], [['/1', '/2', '/new'], []]);
});

t.test('other damage is left alone', async (t) => {
  const path = join(folder, 'damaged.bin.gz');
  const [first, second] = await streams('native');
  const damaged = gzipSync(Buffer.concat([first, second]));
  damaged[damaged.length >> 1]! ^= 0x55;
  for (const bytes of [damaged, Buffer.concat([gzipSync(first), Buffer.from('no stream')])]) {
    writeFileSync(path, bytes);
    await append(path, 'native');
    const now = readFileSync(path);
    const kept = bytes === damaged ? bytes : gzipSync(first);
    t.ok(now.subarray(0, kept.length).equals(kept));
    t.equal(pathsOf((await readAll(path)).flows).at(-1), '/new');
  }
});
