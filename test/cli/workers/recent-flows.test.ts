import t from 'tap';
import { RecentFlows } from '../../../src/cli/workers/parent/recovery.js';

/** Longer than an ended flow stays in a journal, in milliseconds. */
const LONG = 11_000;

t.test('a received flow is known as long as it may be in the journal of its worker', (t) => {
  let time = performance.now();
  t.intercept(performance, 'now', { value: () => time });
  const recent = new RecentFlows();
  recent.addId('waiting');
  for (const id of ['a', 'b', 'c', 'd']) {
    recent.addId(id);
    t.ok([...recent.ids()].includes(id));
    time += LONG;
    recent.acknowledge([id]);
    t.ok([...recent.ids()].includes(id), 'its worker has yet to remove it');
  }
  t.same(recent.unacknowledged, ['waiting'], 'an output with a stalled reader has yet to write it');
  t.same([...recent.ids()].sort(), ['c', 'd', 'waiting']);
  recent.acknowledge(recent.unacknowledged);
  t.ok([...recent.ids()].includes('waiting'));
  t.end();
});
