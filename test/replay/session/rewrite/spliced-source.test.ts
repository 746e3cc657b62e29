import t from 'tap';
import type { ByteSource } from '../../../../src/flow/body/byte-source.js';
import { type Replacement, SplicedSource } from '../../../../src/replay/session/rewrite/spliced-source.js';

/** A source of chunks of a size. */
function source(text: string, chunk: number): ByteSource {
  return {
    size: text.length,
    buffer: undefined,
    async *read() {
      for (let at = 0; at < text.length; at += chunk) yield Buffer.from(text.slice(at, at + chunk));
    },
    release: () => {},
  };
}

const CASES: [replacements: [start: number, end: number, text: string][], expected: string][] = [
  [[], '0123456789'],
  [[[2, 4, 'ab']], '01ab456789'],
  [[[0, 1, 'first']], 'first123456789'],
  [[[9, 10, 'last']], '012345678last'],
  [[[2, 8, '']], '0189'],
  [[[3, 3, 'new']], '012new3456789'],
  [[[10, 10, '!']], '0123456789!'],
  [
    [
      [1, 3, 'a'],
      [3, 5, 'bcd'],
      [8, 10, ''],
    ],
    '0abcd567',
  ],
];

for (const [ranges, expected] of CASES) {
  t.test(`${expected}`, async (t) => {
    const replacements = ranges.map(([start, end, text]): Replacement => ({ start, end, bytes: Buffer.from(text) }));
    for (let chunk = 1; chunk <= 11; chunk++) {
      const spliced = new SplicedSource(source('0123456789', chunk), replacements);
      let text = '';
      for await (const bytes of spliced.read()) text += bytes;
      t.equal(text, expected, `chunks of ${chunk}`);
      t.equal(spliced.size, expected.length);
    }
  });
}
