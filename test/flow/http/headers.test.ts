import t from 'tap';
import { type Field, Headers } from '../../../src/flow/http/headers.js';
import { flipped } from '../../support/cuts.js';
import { Random } from '../../support/random.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const of = (block: string) => new Headers(latin1(block));
const text = (headers: Headers) => headers.bytes.toString('latin1');

t.test('a block and its fields', async (t) => {
  const cases: [block: string, fields: Field[]][] = [
    ['', []],
    ['A: 1\r\n', [['A', '1']]],
    [
      'A:1\r\nb:\t2 \r\nA:  \r\n',
      [
        ['A', '1'],
        ['b', '2'],
        ['A', ''],
      ],
    ],
    ['A: b:c: d\r\n', [['A', 'b:c: d']]],
    [
      'A: 1\r\n 2\r\n\t3\r\nB: 4\r\n',
      [
        ['A', '1\r\n 2\r\n\t3'],
        ['B', '4'],
      ],
    ],
    ['A: 1\r\n \r\n', [['A', '1\r\n']]],
    ['A: \xe4\xa0\xff\r\n', [['A', '\xe4\xa0\xff']]],
    ['A: \xa0\r\n', [['A', '\xa0']]],
    ['A\t : 1\r\n', [['A', '1']]],
    ['A\xa0: 1\r\n', [['A\xa0', '1']]],
    [
      ':method: GET\r\n:path: /:x\r\n',
      [
        [':method', 'GET'],
        [':path', '/:x'],
      ],
    ],
    [
      'A\r\nB: 1\r\n',
      [
        ['A', ''],
        ['B', '1'],
      ],
    ],
    ['A: 1', [['A', '1']]],
  ];
  for (const [block, fields] of cases) {
    const headers = of(block);
    t.same([...headers], fields, JSON.stringify(block));
    t.equal(headers.length, fields.length);
    t.equal(text(headers), block, 'reading changes nothing');
    t.equal(headers.changed, false);
  }
});

t.test('by name, in any case', async (t) => {
  const headers = of('Set-Cookie: a\r\nX: 1\r\nset-cookie: b\r\n');
  t.same(headers.getAll('SET-COOKIE'), ['a', 'b']);
  t.equal(headers.get('Set-cookie'), 'a, b');
  t.equal(headers.get('x'), '1');
  t.equal(headers.get('y'), undefined);
  t.same(headers.getAll('y'), []);
  t.equal(headers.has('sEt-CoOkIe'), true);
  t.equal(headers.has('cookie'), false);
});

t.test('changes', async (t) => {
  const before = 'A-b:1\r\nC: 2\r\na-B: 3 \r\nD:\t\xff\r\n';
  const cases: [name: string, change: (headers: Headers) => unknown, after: string | undefined][] = [
    ['set keeps place and spelling', (headers) => headers.set('a-B', '9'), 'A-b: 9\r\nC: 2\r\nD:\t\xff\r\n'],
    ['set of another goes to the end', (headers) => headers.set('e', '5'), `${before}e: 5\r\n`],
    ['set of several', (headers) => headers.set('A-B', ['7', '8']), 'A-b: 7\r\nA-b: 8\r\nC: 2\r\nD:\t\xff\r\n'],
    ['set of several new ones', (headers) => headers.set('e', ['7', '8']), `${before}e: 7\r\ne: 8\r\n`],
    ['set of none', (headers) => headers.set('A-B', []), 'C: 2\r\nD:\t\xff\r\n'],
    ['set to an empty value', (headers) => headers.set('C', ''), 'A-b:1\r\nC: \r\na-B: 3 \r\nD:\t\xff\r\n'],
    ['set to what it is', (headers) => headers.set('d', '\xff'), undefined],
    ['set of one of two to what it is', (headers) => headers.set('a-b', '1'), 'A-b:1\r\nC: 2\r\nD:\t\xff\r\n'],
    ['append', (headers) => headers.append('c', 'x\r\n y'), `${before}c: x\r\n y\r\n`],
    ['insert', (headers) => headers.insert(1, 'x', 'y'), before.replace('C', 'x: y\r\nC')],
    ['insert from the end', (headers) => headers.insert(-1, 'x', 'y'), before.replace('D', 'x: y\r\nD')],
    ['one line', (headers) => headers.setAt(2, 'x'), before.replace('a-B: 3 ', 'a-B: x')],
    ['the last line', (headers) => headers.setAt(-1, 'x'), before.replace('D:\t\xff', 'D: x')],
    ['one line as it is', (headers) => headers.setAt(1, '2'), undefined],
    ['delete', (headers) => t.equal(headers.delete('a-b'), true), 'C: 2\r\nD:\t\xff\r\n'],
    ['delete of nothing', (headers) => t.equal(headers.delete('x'), false), undefined],
    [
      'rewrite',
      (headers) =>
        t.equal(
          headers.rewrite('A-b', (value, index) => (index ? [value, '4'] : value)),
          true,
        ),
      'A-b:1\r\nC: 2\r\na-B: 3\r\na-B: 4\r\nD:\t\xff\r\n',
    ],
    [
      'rewrite of one of two',
      (headers) => headers.rewrite('A-b', (value) => (value === '3' ? undefined : value)),
      'A-b:1\r\nC: 2\r\nD:\t\xff\r\n',
    ],
    [
      'rewrite that changes another field',
      (headers) =>
        headers.rewrite('C', () => {
          headers.setAt(-1, '4');
          return '5';
        }),
      'A-b:1\r\nC: 5\r\na-B: 3 \r\nD:\t\xff\r\n',
    ],
    [
      'rewrite that removes another field',
      (headers) =>
        headers.rewrite('C', () => {
          headers.delete('A-b');
          return '5';
        }),
      'A-b:1\r\nC: 5\r\na-B: 3 \r\nD:\t\xff\r\n',
    ],
    [
      'rewrite to the same',
      (headers) =>
        t.equal(
          headers.rewrite('A-b', (value) => value),
          false,
        ),
      undefined,
    ],
    [
      'one after the other',
      (headers) => {
        headers.set('x', '1');
        headers.delete('C');
        headers.bytes;
        headers.set('x', '2');
      },
      'A-b:1\r\na-B: 3 \r\nD:\t\xff\r\nx: 2\r\n',
    ],
  ];
  for (const [name, change, after] of cases) {
    const headers = of(before);
    change(headers);
    t.equal(text(headers), after ?? before, name);
    t.equal(headers.changed, after !== undefined);
    t.same([...headers], [...of(text(headers))], 'the block reads the same');
  }
});

t.test('lines that are not changed keep their bytes, however odd they are', async (t) => {
  const block = 'A :1\r\nfold:ed\r\n  on\r\nno colon\r\n:p: q\r\nB:\xff\r\nlast: one';
  const headers = of(block);
  headers.append('X', 'y');
  t.equal(text(headers), `${block}\r\nX: y\r\n`);
  headers.delete('b');
  t.equal(text(headers), `${block.replace('B:\xff\r\n', '')}\r\nX: y\r\n`);
  t.equal(text(headers.clone()), text(headers));
});

t.test('names and values', async (t) => {
  const headers = of('A: 1\r\nB: 2\r\na: 3\r\n');
  t.same([...headers.keys()], ['A', 'B', 'a']);
  t.same([...headers.values()], ['1', '2', '3']);
  t.same([...headers.entries()], [...headers]);
  t.same([headers.at(1), headers.at(-1), headers.at(3)], [['B', '2'], ['a', '3'], undefined]);
  t.throws(() => headers.setAt(3, ''), RangeError);
  t.throws(() => headers.setAt(0, '\n'), TypeError);
  const shared = Headers.parsed(latin1('A: 1\r\n'), [['A', '1']]);
  const [field] = shared;
  shared.setAt(0, '2');
  t.same([field, text(shared)], [['A', '1'], 'A: 2\r\n']);
});

t.test('invalid fields throw, and change nothing', async (t) => {
  const headers = of('A: 1\r\n');
  for (const name of ['', ' ', 'a b', 'a:', 'a\r\n', '\xe4', 'a\0', ':', 'a:b']) {
    t.throws(() => headers.set(name, '1'), TypeError, JSON.stringify(name));
    t.throws(() => headers.append(name, '1'), TypeError);
  }
  for (const value of ['\r', '\n', 'a\r\nB: 1', 'a\0b', 'a\r\n', '\u0100', '\u010d\u010a']) {
    t.throws(() => headers.set('A', value), TypeError, JSON.stringify(value));
    t.throws(() => headers.append('A', value), TypeError);
    t.throws(() => headers.set('A', ['x', value]), TypeError);
  }
  t.equal(text(headers), 'A: 1\r\n');
  t.equal(headers.changed, false);
});

t.test('made of fields', async (t) => {
  const headers = Headers.from({ A: '1', ':path': '/' });
  t.equal(text(headers), 'A: 1\r\n:path: /\r\n');
  t.equal(headers.changed, false);
  t.equal(
    text(
      Headers.from([
        ['A', '1'],
        ['A', '2'],
      ]),
    ),
    'A: 1\r\nA: 2\r\n',
  );
  t.equal(text(Headers.from(headers)), text(headers));
  t.equal(text(new Headers()), '');
});

t.test('a clone goes its own way', async (t) => {
  const headers = of('A: 1\r\n');
  const clone = headers.clone();
  clone.set('A', '2');
  t.equal(text(headers), 'A: 1\r\n');
  t.equal(headers.changed, false);
});

t.test('damaged blocks give fields all the same, and what was set can be found', async (t) => {
  const random = new Random(6);
  const good = latin1('Host: a\r\nX-A: 1\r\n 2\r\nB:\r\n');
  const blocks = [...flipped(good, [0, 10, 13, 32, 58])];
  for (let round = 0; round < 500; round++) blocks.push(random.bytes(random.below(40)));
  for (const block of blocks) {
    const headers = new Headers(block);
    const before = [...headers].length;
    headers.append('New', 'value');
    if (headers.length !== before + 1 || headers.get('new') !== 'value')
      t.fail(JSON.stringify(block.toString('latin1')));
  }
  t.pass();
});

t.test('fields may be appended while they are iterated', async (t) => {
  const headers = new Headers(Buffer.from('A: 1\r\nB: 2\r\n'));
  for (const [name, value] of headers) headers.append(`X-${name}`, value);
  t.equal(String(headers.bytes), 'A: 1\r\nB: 2\r\nX-A: 1\r\nX-B: 2\r\n');
  headers.append('C', '3');
  const seen: string[] = [];
  for (const [name] of headers) {
    seen.push(name);
    if (seen.length === 1) headers.append('D', '4');
  }
  t.same(seen, ['A', 'B', 'X-A', 'X-B', 'C']);
  t.equal(headers.get('d'), '4');
});

t.test('a colon belongs to its own line', async (t) => {
  t.same(
    [...new Headers(Buffer.from('abc\r\nD: e\r\n:p\r\n:q: r\r\n'))],
    [
      ['abc', ''],
      ['D', 'e'],
      [':p', ''],
      [':q', 'r'],
    ],
  );
});

t.test('a look-up finds the same before and after parsing', async (t) => {
  const pieces = ['Host', 'host', 'X', ':', ': ', ' ', '\t', '\r\n', '\r', '\n', 'a', 'É', ':authority', '\r\n ', 'b'];
  const names = ['Host', 'x', ':authority', 'a', 'é', '', ':', 'Host:', 'X a', 'ha', 'hosta'];
  const random = new Random(7);
  for (let count = 0; count < 5000; count++) {
    let block = '';
    for (let left = random.below(14); left > 0; left--) block += pieces[random.below(pieces.length)];
    const name = names[random.below(names.length)]!;
    const parsed = of(block);
    for (const _field of parsed);
    const bytes = latin1(`..${block}....`);
    const found = [of(block), Headers.within(bytes, 2, 2 + block.length)].map((headers) => headers.get(name));
    const wanted = parsed.get(name);
    if (found.some((value) => value !== wanted)) t.fail(JSON.stringify({ block, name, found, wanted }));
  }
});

t.test('a part of a larger memory is a block', async (t) => {
  const within = () => Headers.within(latin1('..A: 1\r\nB: 2\r\nA: 3\r\n..'), 2, 20);
  t.equal(text(within()), 'A: 1\r\nB: 2\r\nA: 3\r\n');
  t.equal(within().get('a'), '1, 3');
  t.same([...within().clone()], [...within()]);
  const changed = within();
  t.equal(changed.get('b'), '2');
  changed.set('b', '4');
  t.equal(text(changed), 'A: 1\r\nB: 4\r\nA: 3\r\n');
  t.equal(changed.get('b'), '4');
  t.ok(changed.changed);
  const appended = within();
  appended.append('C', '5');
  for (const [name, value] of Object.entries({ A: '1, 3', B: '2', C: '5', D: undefined }))
    for (let time = 0; time < 5; time++) t.equal(appended.get(name), value);
});

t.test('what is no field block', async (t) => {
  for (const value of [[['a', 'b']], { a: 'b' }, 'a: b\r\n', null]) {
    t.throws(() => new Headers(value as never), { message: /Headers\.from\(\)/ }, JSON.stringify(value));
  }
});
