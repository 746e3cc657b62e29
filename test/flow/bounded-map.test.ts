import t from 'tap';
import { BoundedMap } from '../../src/flow/bounded-map.js';

t.test('the entry that was set or used longest ago is dropped', async (t) => {
  const map = new BoundedMap<string, number>(3);
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ] as const) {
    t.equal(map.set(key, value), undefined, key);
  }
  t.equal(map.use('a'), 1);
  t.equal(map.get('b'), 2, 'a look is no use');
  t.equal(map.has('b'), true, 'nor is this');
  t.equal(map.set('d', 4), 2, 'what was dropped');
  t.equal(map.has('b'), false);
  t.equal(map.set('c', 5), undefined, 'one that is there takes no more room');
  t.same([...map.values()], [1, 4, 5]);
  t.equal(map.use('none'), undefined);
  t.equal(map.set('e', 6), 1);
  t.equal(map.size, 3);
});

t.test('removing', async (t) => {
  const map = new BoundedMap<number, string>(1);
  map.set(1, 'a');
  t.equal(map.delete(1), true);
  t.equal(map.delete(1), false);
  t.equal(map.set(2, 'b'), undefined);
  map.clear();
  t.same([map.size, map.get(2), [...map.values()]], [0, undefined, []]);
});
