import t from 'tap';
import type { Query } from '../../../src/flow/message/query.js';
import { request } from './messages.js';

t.test('parameters are read decoded, and the path stays', async (t) => {
  const cases: [path: string, pairs: [string, string][]][] = [
    ['/', []],
    ['/?', []],
    ['/?&&', []],
    ['/p?a=1&b=2&a=3', [['a', '1'], ['b', '2'], ['a', '3']]], // biome-ignore format: a table
    ['/p?a', [['a', '']]],
    ['/p?a=', [['a', '']]],
    ['/p?=1', [['', '1']]],
    ['/p?a=b=c', [['a', 'b=c']]],
    ['/p?a+b=c%20d&e=%2b', [['a b', 'c d'], ['e', '+']]], // biome-ignore format: a table
    ['/p?%C3%A4=%c3%BC', [['ä', 'ü']]],
    ['/p?\xc3\xa4=1', [['ä', '1']]],
    ['/p?a=%zz%4&b=%', [['a', '%zz%4'], ['b', '%']]], // biome-ignore format: a table
    ['/p?a=%ff', [['a', '\ufffd']]],
    ['/p?a=1?b=2', [['a', '1?b=2']]],
    ['*', []],
  ];
  for (const [path, pairs] of cases) {
    const message = request(path);
    t.same([...message.query], pairs, path);
    t.equal(message.query.length, pairs.length);
    for (const [name] of pairs) {
      t.equal(message.query.get(name), pairs.find(([key]) => key === name)![1]);
      t.same(message.query.getAll(name), pairs.filter(([key]) => key === name).map(([, value]) => value)); // biome-ignore format: short
      t.equal(message.query.has(name), true);
    }
    t.same([message.query.get('none'), message.query.has('none')], [undefined, false]);
    t.same([message.path, message.changed], [path, false]);
  }
});

t.test('a change alters only what is changed', async (t) => {
  const from = '/p%20q?a=1&&b=x+y%zz&%61=%ff&c&';
  const cases: [what: string, change: (query: Query) => unknown, path: string | undefined][] = [
    ['set', (query) => query.set('b', 'n w'), '/p%20q?a=1&&b=n%20w&%61=%ff&c&'],
    ['set of one without a value', (query) => query.set('c', 'v'), '/p%20q?a=1&&b=x+y%zz&%61=%ff&c=v&'],
    ['set of several of a name', (query) => query.set('a', '2'), '/p%20q?a=2&&b=x+y%zz&c&'],
    ['set to several', (query) => query.set('b', ['1', '2']), '/p%20q?a=1&&b=1&b=2&%61=%ff&c&'],
    ['set of a new one', (query) => query.set('é&', 'ü='), '/p%20q?a=1&&b=x+y%zz&%61=%ff&c&%C3%A9%26=%C3%BC%3D'],
    ['set to what it is', (query) => query.set('b', 'x y%zz'), undefined],
    ['append', (query) => query.append('a', '+'), '/p%20q?a=1&&b=x+y%zz&%61=%ff&c&a=%2B'],
    ['delete', (query) => t.equal(query.delete('a'), true), '/p%20q?&b=x+y%zz&c&'],
    ['delete of none', (query) => t.equal(query.delete('A'), false), undefined],
    ['rewrite', (query) => query.rewrite('a', (value, at) => (at ? 'z' : value)), '/p%20q?a=1&&b=x+y%zz&%61=z&c&'],
    ['replace', (query) => query.replace({ x: '1', y: 'a b' }), '/p%20q?x=1&y=a%20b'],
    ['replace by none', (query) => query.replace([]), '/p%20q'],
    ['half a surrogate pair', (query) => query.replace([['\ud800', '']]), '/p%20q?%EF%BF%BD='],
  ];
  for (const [what, change, path] of cases) {
    const message = request(from);
    change(message.query);
    t.equal(message.path, path ?? from, what);
    t.equal(message.changed, path !== undefined, what);
  }
  const last = request('/?a=1');
  last.query.delete('a');
  t.equal(last.path, '/');
  const first = request('/x');
  first.query.append('a', '1');
  t.equal(first.path, '/x?a=1');
});

t.test('the view is live, and can be assigned', async (t) => {
  const message = request('/?a=1');
  const { query } = message;
  message.path = '/?a=2';
  t.equal(query.get('a'), '2');
  message.query = { b: '3' };
  t.same(
    [String(query), [...query.keys()], [...query.values()], [...query.entries()]],
    ['b=3', ['b'], ['3'], [['b', '3']]],
  );
  for (const path of ['*', '']) {
    const none = request(path, '', '', { method: path === '*' ? 'OPTIONS' : 'CONNECT' });
    t.throws(() => none.query.set('a', '1'), TypeError);
  }
});
