import t from 'tap';
import { noteFailures, Rounds } from '../../bench/harness/stats.js';
import { ratio, renderTable, verdict } from '../../bench/harness/table.js';
import type { Goal, Measurement } from '../../bench/row.js';

const rate: Measurement = {
  what: 'requests',
  unit: '/s',
  better: 'more',
  values: { relay: 20_000, tsdump: 18_000, 'tsdump -w': 15_000, mitmdump: 600 },
};
const time: Measurement = { what: 'start', unit: 'ms', better: 'less', values: { tsdump: 100, mitmdump: 700 } };

t.test('ratios say how many times as good the recording tsdump is', async (t) => {
  t.equal(ratio(rate, 'relay'), 0.75);
  t.equal(ratio(rate, 'mitmdump'), 25);
  t.equal(ratio(time, 'mitmdump'), 7);
  t.equal(ratio(time, 'relay'), undefined);
});

t.test('a contender whose requests failed has no figures', async (t) => {
  const rates = new Rounds<'tsdump' | 'mitmdump'>();
  const notes: string[] = [];
  for (let round = 0; round < 2; round++) {
    rates.add('tsdump', 100);
    noteFailures('tsdump', { requests: 1000, failed: 1 }, [rates], notes);
    rates.add('mitmdump', 0);
    noteFailures('mitmdump', { requests: 0, failed: 100 }, [rates], notes);
    rates.add('mitmdump', Number.POSITIVE_INFINITY);
  }
  t.same(rates.values, { tsdump: 100 });
  t.equal(notes.filter((note) => note.startsWith('mitmdump')).length, 1);
  t.equal(notes.length, 3);
});

t.test('verdicts', async (t) => {
  const table: [Measurement, Goal, string | undefined][] = [
    [rate, { than: 'relay', atLeast: 0.6, aim: 0.75 }, '≥ 0.6, aim 0.75 × relay: reached'],
    [rate, { than: 'mitmdump', atLeast: 20, aim: 30 }, '≥ 20, aim 30 × mitmdump: at least reached'],
    [rate, { than: 'mitmdump', atLeast: 26, aim: 30 }, '≥ 26, aim 30 × mitmdump: MISSED'],
    [rate, { atLeast: 15_000 }, '≥ 15,000: reached'],
    [rate, { than: 'direct' as 'relay', atLeast: 1, aim: 1 }, undefined],
    [time, { atMost: 100 }, '≤ 100: reached'],
    [time, { atMost: 99 }, '≤ 99: MISSED'],
  ];
  for (const [measurement, goal, expected] of table) t.equal(verdict(measurement, goal), expected);
});

t.test('a Markdown table whose lines are equally long, with the notes below', async (t) => {
  const row = { name: 'a', title: 'A row', run: async () => ({ measurements: [], notes: [] }) };
  const text = renderTable([{ row, result: { measurements: [rate, time], notes: ['Not installed.'] } }]);
  const [table, notes] = text.split('\n\n');
  const lines = table!.split('\n');
  t.equal(lines.length, 5);
  for (const line of lines) t.equal(line.length, lines[0]!.length);
  t.match(lines[3], /requests +\| \/s +\| +\| 20,000 \| 18,000 \| +15,000 \| +600 \| +0\.75 \| +25 \| +\|/);
  t.equal(notes, '- a: Not installed.');
});

t.test('peers are columns only if they were measured', async (t) => {
  const row = { name: 'a', title: 'A row', run: async () => ({ measurements: [], notes: [] }) };
  const header = (measurement: Measurement) =>
    renderTable([{ row, result: { measurements: [measurement], notes: [] } }]).split('\n')[0]!;
  t.notMatch(header(rate), /goproxy|mockttp/);
  t.match(header({ ...rate, values: { ...rate.values, goproxy: 9_000 } }), /\| mitmdump \| goproxy \| vs relay/);
});
