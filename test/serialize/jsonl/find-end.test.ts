import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FORMATS } from '../../../src/serialize/formats.js';
import { prepareAppend } from '../../../src/serialize/output/append.js';

const path = join(t.testdir({}), 'file');
const LINE = '{"type":"http"}';

const CASES: [content: string, after: string][] = [
  [`${LINE}\n`, `${LINE}\n`],
  [`${LINE}\n${LINE}`, `${LINE}\n${LINE}\n`],
  [`${LINE}\n{"type":"ht`, `${LINE}\n`],
  [LINE, `${LINE}\n`],
  ['{"type":"ht', ''],
  [`${LINE}\n${'x'.repeat(600_000)}`, `${LINE}\n`],
];
for (const [content, after] of CASES) {
  t.test(content.slice(0, 40), async (t) => {
    writeFileSync(path, content);
    await prepareAppend(path, FORMATS.jsonl, () => {});
    t.equal(readFileSync(path, 'utf8'), after);
  });
}

t.test('files without flows are left alone', async (t) => {
  for (const content of ['{ "name": ', '{"log":{}}', 'TSF1', 'text\n']) {
    writeFileSync(path, content);
    await t.rejects(
      prepareAppend(path, FORMATS.jsonl, () => {}),
      content,
    );
    t.equal(readFileSync(path, 'utf8'), content);
  }
  writeFileSync(path, '{"log":{}}');
  await t.rejects(
    prepareAppend(path, FORMATS.har, () => {}),
    /nothing can be appended to a HAR file/,
  );
});
