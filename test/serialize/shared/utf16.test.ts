import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { describeFlows, pathsOf, readAll, toFormat } from '../flows.js';
import { plainHttpFlow } from '../sample-flows.js';

const folder = t.testdir({});
const file = join(folder, 'file');
const MARK = '\ufeff';

function utf16(text: string, bigEndian: boolean): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
}

/** As Windows PowerShell's `>` does. */
function crlf(text: string): string {
  return text.replaceAll('\n', '\r\n');
}

for (const format of ['jsonl', 'har'] as const) {
  t.test(`${format} in UTF-16`, async (t) => {
    const flows = [plainHttpFlow('/1', 'gr\xfcn \u{1f600}'), plainHttpFlow('/2', 'x'.repeat(800_000))];
    const text = (await toFormat(format, flows)).toString();
    const { flows: plain } = await readAll([Buffer.from(text)]);
    const expected = await describeFlows(plain);
    for (const bigEndian of [false, true]) {
      for (const [name, altered] of [
        ['with a mark', MARK + text],
        ['without', text],
        ['of PowerShell', MARK + crlf(text)],
      ] as const) {
        const bytes = utf16(altered, bigEndian);
        writeFileSync(file, bytes);
        const pieces = Array.from({ length: Math.ceil(bytes.length / 30_001) }, (_, at) =>
          bytes.subarray(at * 30_001, (at + 1) * 30_001),
        );
        for (const input of [file, pieces, [gzipSync(bytes)]]) {
          const read = await readAll(input);
          t.same([read.damage, read.summary.flows], [[], 2], name);
          t.strictSame(await describeFlows(read.flows), expected, name);
        }
      }
    }
  });
}

t.test('damage in UTF-16', async (t) => {
  const lines = (await toFormat('jsonl', [plainHttpFlow('/1'), plainHttpFlow('/2')])).toString().split('\n');
  const text = `${lines[0]}\nnonsense\n${lines[1]}\n`;
  const { flows, damage } = await readAll([utf16(MARK + text, false)]);
  t.same(pathsOf(flows), ['/1', '/2']);
  t.match(damage, [
    { kind: 'metadata', offset: Buffer.byteLength(lines[0]!) + 1, message: /^input, in UTF-8: the line at offset/ },
  ]);
  const cut = await readAll([utf16(text, false).subarray(0, -31)]);
  t.same([pathsOf(cut.flows), cut.damage.map(({ kind }) => kind)], [['/1'], ['metadata', 'truncated']]);
});

t.test('other text in UTF-16, and a flow file that went through a shell', async (t) => {
  const cases: [bytes: Buffer, message: RegExp][] = [
    [utf16(`${MARK}hello`, false), /it looks like text in UTF-16/],
    [utf16(`${MARK}hello`, true), /it looks like text in UTF-16/],
    [utf16(`${MARK}TSF1xyz`, false), /PowerShell/],
  ];
  for (const [bytes, message] of cases) {
    const { flows, damage } = await readAll([bytes]);
    t.same([flows.length, damage.length], [0, 1]);
    t.match(damage[0]!.message, message);
  }
});
