import t from 'tap';
import { AnswerIndex, type SequenceOptions } from '../../../../src/replay/server/answers/answer-index.js';
import { KEY_SIZE } from '../../../../src/replay/server/key/key-hash.js';
import { SIGNATURE_SIZE } from '../../../../src/replay/server/key/request-key.js';

/** Some keys begin alike. */
const key = (number: number): string => {
  const bytes = Buffer.alloc(2 * KEY_SIZE);
  bytes.writeInt32LE(Math.imul(number >> 2, 0x9e3779b1), 0);
  bytes.writeInt32LE(number, 8);
  return bytes.toString('utf16le');
};
const signature = (...numbers: number[]) => Uint32Array.from({ length: SIGNATURE_SIZE }, (_, at) => numbers[at] ?? 0);

function indexOf(numbers: readonly number[]): AnswerIndex {
  const index = new AnswerIndex();
  for (const [at, number] of numbers.entries()) index.add(key(number), signature(number), { file: 1, offset: at * 10 });
  return index;
}

t.test('sequences', async (t) => {
  const cases: [string, SequenceOptions, (number | undefined)[]][] = [
    ['miss', { reuse: false, after: 'miss' }, [0, 2, 3, undefined, undefined]],
    ['last', { reuse: false, after: 'last' }, [0, 2, 3, 3, 3]],
    ['first', { reuse: false, after: 'first' }, [0, 2, 3, 0, 2]],
    ['reuse', { reuse: true, after: 'miss' }, [0, 0, 0, 0, 0]],
  ];
  for (const [name, options, wanted] of cases) {
    const index = indexOf([5, 6, 5, 5]);
    const first = index.find(key(5))!;
    t.equal(index.count(first), 3);
    t.same(
      wanted.map(() => index.useNext(first, options)),
      wanted,
      name,
    );
    t.same([...index.unused(false)], options.reuse ? [1, 2, 3] : [1], name);
    if (options.reuse) t.same([...index.unused(true)], [1]);
  }
});

t.test('preferred answers', async (t) => {
  const [a, b] = [
    [0, 2],
    [1, 3],
  ];
  const cases: [name: string, SequenceOptions, preferred: number[][], wanted: (number | undefined)[]][] = [
    ['each in its order', { reuse: false, after: 'miss' }, [b, b, a, a], [1, 3, 0, 2]],
    ['others when none is left', { reuse: false, after: 'miss' }, [b, b, b, a, b], [1, 3, 0, 2, undefined]],
    ['none is preferred', { reuse: false, after: 'miss' }, [b, [], [], [], []], [1, 0, 2, 3, undefined]],
    ['the last of them', { reuse: false, after: 'last' }, [a, a, a, b, [], []], [0, 2, 2, 1, 3, 3]],
    ['in circles', { reuse: false, after: 'first' }, [b, b, b, a, b], [1, 3, 1, 0, 3]],
    ['the first of them', { reuse: true, after: 'miss' }, [b, a, b, []], [1, 0, 1, 0]],
  ];
  for (const [name, options, preferred, wanted] of cases) {
    const index = new AnswerIndex();
    for (let at = 0; at < 4; at++) {
      index.add(key(5), signature(5), { file: 1, offset: at }, { variant: at % 2 });
    }
    const first = index.find(key(5))!;
    t.ok(index.isVaried(first));
    t.same([...index.answersTo(first)], [0, 1, 2, 3]);
    t.same(
      preferred.map((entries) => index.useNext(first, options, true, entries)),
      wanted,
      name,
    );
  }
  t.notOk(indexOf([5, 5]).isVaried(0));
});

t.test('a 304 that was passed over is used once', (t) => {
  const index = new AnswerIndex();
  index.add(key(5), signature(5), { file: 1, offset: 0 }, { notModified: true, variant: 1 });
  index.add(key(5), signature(5), { file: 1, offset: 1 }, { variant: 2 });
  const options = { reuse: false, after: 'miss' } as const;
  t.equal(index.useNext(0, options, false, []), 1);
  t.equal(index.useNext(0, options, true, [0]), 0);
  t.equal(index.useNext(0, options, true, [0]), undefined);
  t.end();
});

t.test('many answers', async (t) => {
  const count = 50_000;
  const index = indexOf(Array.from({ length: count }, (_, at) => at));
  for (const number of [0, 1, 4095, 4096, 12_345, count - 1]) {
    t.equal(index.find(key(number)), number);
    t.same(index.placeOf(number), { file: 1, offset: number * 10 });
  }
  t.equal(index.find(key(count)), undefined);
});

t.test('the closest', async (t) => {
  const index = new AnswerIndex();
  for (const [at, numbers] of [
    [1, 1, 1],
    [1, 2, 1],
    [2, 1, 1],
    [1, 1, 1, 9],
  ].entries()) {
    index.add(key(at), signature(...numbers), { file: 0, offset: 0 });
  }
  t.same(index.closest(signature(1, 1, 1, 9), 2), [3]);
  t.same(index.closest(signature(1, 1, 1, 8), 2), [0, 3]);
  t.same(index.closest(signature(1, 1, 1, 8), 1), [0]);
  t.same(index.closest(signature(1, 1, 1, 8), 5, 3), [0]);
  t.same(new AnswerIndex().closest(signature(), 5), []);
});
