import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FORMATS } from '../../../src/serialize/formats.js';
import { prepareAppend } from '../../../src/serialize/output/append.js';
import { toBytes } from '../flows.js';
import { plainHttpFlow } from '../sample-flows.js';

const folder = t.testdir({ folder: {} });

/** @returns what was said, and what the file is now */
async function prepare(content: Buffer | string): Promise<[string[], Buffer]> {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const said: string[] = [];
  await prepareAppend(path, FORMATS.native, (message) => said.push(message));
  return [said, readFileSync(path)];
}

t.test('a file that is whole is left as it is', async (t) => {
  const bytes = await toBytes([plainHttpFlow(), plainHttpFlow()]);
  t.same(await prepare(bytes), [[], bytes]);
  t.same(await prepare(''), [[], Buffer.alloc(0)]);
});

t.test('a torn end is cut off, and reported', async (t) => {
  const bytes = await toBytes([plainHttpFlow()]);
  const path = join(folder, 'file');
  t.same(await prepare(Buffer.concat([bytes, bytes.subarray(0, 50)])), [
    [`${path}: the end was incomplete; 50 bytes at offset ${bytes.length} were removed before appending.`],
    bytes,
  ]);
  for (const torn of ['T', 'TS', 'TSF', 'TSF1']) t.same((await prepare(torn))[1], Buffer.alloc(0), torn);
});

t.test('a missing file and a special file are ready', async () => {
  const fail = (message: string): never => t.fail(message) as never;
  await prepareAppend(join(folder, 'none'), FORMATS.native, fail);
  await prepareAppend('/dev/null', FORMATS.native, fail);
  await prepareAppend(join(folder, 'folder'), FORMATS.native, fail);
});

t.test('a file of a known size is not read', async () => {
  const path = join(folder, 'known');
  writeFileSync(path, 'text');
  await prepareAppend(path, FORMATS.native, () => {}, statSync(path).size);
});

t.test('each format for itself', async (t) => {
  const path = join(folder, 'other');
  const cases: [content: string, format: keyof typeof FORMATS, message: RegExp][] = [
    ['{"log":{"entries":[]}}', 'har', /^nothing can be appended to a HAR file$/],
    ['{"log":{"entries":[]}}', 'native', /^it is a HAR file, so nothing can be appended to it as a tsdump flow file$/],
    ['{"id":"1"}\n', 'native', /^it is JSON Lines, so/],
    ['TSF1 and so on', 'jsonl', /^it is a tsdump flow file, so nothing can be appended to it as JSON Lines$/],
    ['T', 'jsonl', /^it is text, so/],
  ];
  for (const [content, format, message] of cases) {
    writeFileSync(path, content);
    await t.rejects(
      prepareAppend(path, FORMATS[format], () => {}),
      { message },
      `${content} as ${format}`,
    );
    t.equal(readFileSync(path, 'utf8'), content);
  }
});

t.test('other files are not touched', async (t) => {
  const cases: [content: string, message: RegExp][] = [
    ['some text', /^it is text, so nothing can be appended to it as a tsdump flow file$/],
    ['X', /^it is text, so/],
    ['\x00\x01', /^it is not a flow file, so/],
    ['TSF2 of the future', /newer tsdump/],
    [`TSF1${'\xff'.repeat(60)}`, /^it has no readable flow, so nothing is appended to it$/],
  ];
  for (const [content, message] of cases) {
    const bytes = Buffer.from(content, 'latin1');
    await t.rejects(prepare(bytes), { message }, content);
    t.same(readFileSync(join(folder, 'file')), bytes, content);
  }
});
