import t from 'tap';
import { FieldList } from '../../../../src/engine/http2/frames/field-list.js';

const LIMIT = 1024 * 1024;

/** A list of fields with values of a kilobyte, after a pseudo-header. */
function listOf(fields: number): FieldList {
  const list = new FieldList(LIMIT);
  list.add(':method', 'GET');
  for (let at = 0; at < fields; at++) list.add(`n${at}`, 'v'.repeat(1000));
  return list;
}

t.test('a list within the limit is kept', async (t) => {
  const list = listOf(1000);
  t.same([list.isTooLarge, list.names.length, list.values.length], [false, 1001, 1001]);
});

t.test('of a list that is too large, an excerpt is kept', async (t) => {
  const list = listOf(4000);
  t.ok(list.isTooLarge);
  t.equal(list.names[0], ':method');
  t.equal(list.names.at(-1), `n${list.names.length - 2}`);
  t.equal(list.values.length, list.names.length);
  const kept = list.values.reduce((sum, value) => sum + value.length, 0);
  t.ok(kept > 32 * 1024 && kept <= 64 * 1024, String(kept));
});

t.test('a small limit', async (t) => {
  const list = new FieldList(100);
  list.add('a', 'b');
  list.add('c', 'd'.repeat(100));
  list.add('e', 'f');
  t.same([list.isTooLarge, list.names], [true, ['a']]);
});
