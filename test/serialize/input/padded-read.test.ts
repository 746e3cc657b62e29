import t from 'tap';
import type { ByteSource } from '../../../src/flow/body/body.js';
import { paddedRead } from '../../../src/serialize/input/padded-read.js';
import { streamedSource } from '../sample-flows.js';

/** What was read, and why it ended if it failed. */
async function readPadded(source: ByteSource, length: number): Promise<[bytes: Buffer, failure: string | undefined]> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of paddedRead(source, length)) chunks.push(chunk);
  } catch (error) {
    return [Buffer.concat(chunks), (error as Error).message];
  }
  return [Buffer.concat(chunks), undefined];
}

function failing(): ByteSource {
  return {
    ...streamedSource([]),
    async *read() {
      yield Buffer.from('abc');
      throw new Error('torn');
    },
  };
}

t.test('yields exactly the stated number of bytes', async (t) => {
  const source = streamedSource([Buffer.from('abc'), Buffer.from('def')]);
  const short = 'A body is shorter than its stated length';
  const cases: [ByteSource, length: number, bytes: string, failure: string | undefined][] = [
    [source, 6, 'abcdef', undefined],
    [source, 4, 'abcd', undefined],
    [source, 0, '', undefined],
    [source, 8, 'abcdef\0\0', short],
    [streamedSource([]), 2, '\0\0', short],
    [failing(), 5, 'abc\0\0', 'torn'],
    [failing(), 3, 'abc', 'torn'],
  ];
  for (const [from, length, bytes, failure] of cases) {
    t.same(await readPadded(from, length), [Buffer.from(bytes), failure], `${bytes} of ${length}`);
  }
});

t.test('much that lacks is filled up in pieces', async (t) => {
  const [bytes] = await readPadded(streamedSource([Buffer.from('a')]), 200_000);
  t.ok(bytes.equals(Buffer.concat([Buffer.from('a'), Buffer.alloc(199_999)])));
});
