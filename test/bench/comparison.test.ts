import { existsSync } from 'node:fs';
import t from 'tap';
import { type ComparedRow, compareBuilds } from '../../bench/comparison.js';
import { ratios, renderComparison } from '../../bench/harness/comparison-table.js';
import type { Bench, Measurement, Row } from '../../bench/row.js';

const PROGRAMS = { old: '/old/bin/tsdump', new: '/new/bin/tsdump' };

/** A row that notes its rounds and measures figures from a list. */
function rowOf(figures: number[], more: Partial<Row> = {}) {
  const benches: Bench[] = [];
  const row: Row = {
    name: 'a',
    title: 'A row',
    run: async (bench) => {
      benches.push(bench);
      const figure = figures[benches.length - 1];
      if (figure === undefined) throw new Error('Out of figures');
      const line: Measurement = { what: 'CPU', unit: 'µs', better: 'less', values: { 'tsdump -w': figure } };
      const other: Measurement = { what: 'answers', unit: '/s', better: 'more', values: { tsdump: 2 * figure } };
      const missing: Measurement = { what: 'nothing', unit: '', better: 'more', values: {} };
      return { measurements: [line, other, missing], notes: ['A note.'], details: `${figure}` };
    },
    ...more,
  };
  return { row, benches };
}

function benchOf(dir: string, rounds: number): Bench {
  return { dir, rounds, comparing: true, pin: [], progress: () => {} } as unknown as Bench;
}

t.test('builds take turns, and the one that is second in a round is first in the next', async (t) => {
  const { row, benches } = rowOf([10, 11, 12, 13, 14, 15]);
  const { comparisons, notes, details, failure } = await compareBuilds(row, benchOf(t.testdir(), 3), PROGRAMS);
  const { old, new: tested } = PROGRAMS;
  t.strictSame(
    benches.map((bench) => bench.tsdump),
    [old, tested, tested, old, old, tested],
  );
  for (const bench of benches) t.equal(bench.recorder, old, 'both read what the old one recorded');
  for (const bench of benches) t.equal(bench.rounds, 1);
  t.not(benches[0]!.dir, benches[1]!.dir, 'each has a home of its own');
  t.ok(existsSync(benches[0]!.dir));
  t.strictSame(comparisons, [
    { what: 'CPU', unit: 'µs', better: 'less', rounds: { old: [10, 13, 14], new: [11, 12, 15] } },
    { what: 'answers', unit: '/s', better: 'more', rounds: { old: [20, 26, 28], new: [22, 24, 30] } },
  ]);
  t.strictSame(notes, ['A note.'], 'once');
  t.strictSame(details, { old: '14', new: '15' });
  t.equal(failure, undefined);
});

t.test('a slow row has fewer rounds', async (t) => {
  const { row, benches } = rowOf([1, 2, 3, 4, 5, 6], { comparisonRounds: 2 });
  await compareBuilds(row, benchOf(t.testdir(), 3), PROGRAMS);
  t.equal(benches.length, 4);
});

t.test('a row without a list of details has none', async (t) => {
  const row: Row = { name: 'a', title: 'A row', run: async () => ({ measurements: [], notes: [] }) };
  t.strictSame((await compareBuilds(row, benchOf(t.testdir(), 1), PROGRAMS)).details, {});
});

t.test('a round that fails ends the row, and whole pairs before it count', async (t) => {
  const { row } = rowOf([10, 11, 12]);
  const result = await compareBuilds(row, benchOf(t.testdir(), 3), PROGRAMS);
  t.equal(result.failure, 'Out of figures');
  t.strictSame(result.comparisons[0]!.rounds, { old: [10], new: [11] });
  t.match(renderComparison([result]), /\| CPU .*- a: A note\.\n- a: FAILED: Out of figures\.$/s);
});

t.test('ratios', async (t) => {
  const line = { what: 'x', unit: '', better: 'less' } as const;
  const rounds = { old: [10, 20, 40], new: [9, 22, 20] };
  const expected = { medians: 1, pairs: [0.9, 1.1, 0.5] };
  t.strictSame(ratios({ ...line, rounds }), { ...expected, better: 2 });
  t.strictSame(ratios({ ...line, better: 'more', rounds }), { ...expected, better: 1 });
  t.equal(ratios({ ...line, rounds: { old: [1, -1], new: [1, 1] } }), undefined);
  t.equal(ratios({ ...line, rounds: { old: [1], new: [0] } }), undefined);
});

t.test('a table with medians, ranges, the ratio of medians, and its range over the pairs', async (t) => {
  const { row } = rowOf([]);
  const compared: ComparedRow = {
    row,
    comparisons: [
      { what: 'CPU', unit: 'µs', better: 'less', rounds: { old: [30, 31, 32], new: [27, 29, 34] } },
      { what: 'answers', unit: '/s', better: 'more', rounds: { old: [1000], new: [950] } },
      { what: 'still', unit: '/s', better: 'more', rounds: { old: [5], new: [5] } },
      { what: 'growth', unit: 'bytes', better: 'less', rounds: { old: [2], new: [-3] } },
    ],
    notes: [],
    details: {},
  };
  const lines = renderComparison([compared]).split('\n');
  const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  t.equal(new Set(lines.map((line) => line.length)).size, 1, 'lines are equally long');
  t.strictSame(
    cells.slice(3).map((line) => line.slice(1, -1)),
    [
      ['CPU', 'µs', '31', '30–32', '29', '27–34', '0.935', '0.900–1.063', '6.5 % better', '2 of 3'],
      ['answers', '/s', '1,000', '1,000–1,000', '950', '950–950', '0.950', '0.950–0.950', '5.0 % worse', '0 of 1'],
      ['still', '/s', '5', '5–5', '5', '5–5', '1.000', '1.000–1.000', 'the same', '0 of 1'],
      ['growth', 'bytes', '2', '2–2', '-3', '-3–-3', '', '', '', ''],
    ],
  );
});
