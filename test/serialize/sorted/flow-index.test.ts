import t from 'tap';
import { FlowIndex } from '../../../src/serialize/sorted/flow-index.js';
import { Random } from '../../support/random.js';

/** `FILE:OFFSET`, in order. */
const places = (index: FlowIndex): string[] => [...index.sorted()].map(({ file, offset }) => `${file}:${offset}`);

t.same(places(new FlowIndex()), []);

t.test('by time, then by input, then as they were added', async (t) => {
  const index = new FlowIndex();
  index.add(2, { file: 0, offset: 0 }, 1);
  index.add(1, { file: 0, offset: 10 }, 1);
  index.add(2, { file: 1, offset: 0 }, 0);
  index.add(2, { file: 1, offset: 5 }, 2);
  index.add(2, { file: 0, offset: 20 }, 1);
  t.equal(places(index).join(' '), '0:10 1:0 0:0 0:20 1:5');
});

t.test('invalid times', async (t) => {
  const index = new FlowIndex();
  for (const [at, time] of [1, Number.NaN, -1, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].entries()) {
    index.add(time, { file: 0, offset: at }, 0);
  }
  t.equal(places(index).join(' '), '0:5 0:2 0:1 0:3 0:0 0:4');
});

t.test('many, at offsets beyond four gigabytes', async (t) => {
  const random = new Random(3);
  const index = new FlowIndex();
  const expected: { time: number; place: string; at: number }[] = [];
  for (let at = 0; at < 150_000; at++) {
    const time = random.below(50_000);
    const file = Math.floor(at / 1000) % 7;
    const offset = at * 2 ** 33;
    index.add(time, { file, offset }, 0);
    expected.push({ time, place: `${file}:${offset}`, at });
  }
  expected.sort((a, b) => a.time - b.time || a.at - b.at);
  t.ok(places(index).join() === expected.map(({ place }) => place).join());
});
