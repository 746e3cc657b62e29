import t from 'tap';
import type { Multipart } from '../../../src/flow/message/multipart.js';
import { flipped, prefixes } from '../../support/cuts.js';
import { block, content, request } from './messages.js';

const TYPE = 'Content-Type: multipart/form-data; boundary="b 1"\r\n';
const BODY =
  'preamble\r\n--b 1 \t\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n' +
  '--b 1\r\ncontent-disposition:form-data; filename="x\xc3\xa4%22.bin"; name=f\r\nX: y\r\n folded\r\n\r\n\0\xff\r\n\r\n--b 11\r\n' +
  '--b 1\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' +
  '--b 1\r\n\r\nno head\r\n--b 1--\r\nepilogue';

const of = (body = BODY, type = TYPE) => request('/', type, Buffer.from(body, 'latin1'));

t.test('parts are read, and the body stays', async (t) => {
  const message = of();
  const form = await message.multipart();
  t.same(
    Array.from(form, ({ name, filename, content }) => [name, filename, content.toString('latin1')]),
    [
      ['a', undefined, 'one'],
      ['f', 'xä".bin', '\0\xff\r\n\r\n--b 11'],
      ['a', undefined, ''],
      ['', undefined, 'no head'],
    ],
  );
  const file = form.get('f')!;
  t.equal(file.headers.get('x'), 'y\r\n folded');
  t.same([form.get('x'), form.has('a'), form.getAll('a').length, form.length], [undefined, true, 2, 4]);
  t.equal(form.get('a')!.text, 'one');
  t.same([await content(message), message.changed], [BODY, false]);
});

t.test('a change alters only what is changed', async (t) => {
  const cases: [what: string, change: (form: Multipart) => unknown, from: string, to: string | undefined][] = [
    ['content', (form) => (form.get('f')!.content = Buffer.of(1, 255)), '\0\xff\r\n\r\n--b 11', '\x01\xff'],
    ['text', (form) => (form.get('a')!.text = 'ä'), 'one', '\xc3\xa4'],
    ['name', (form) => (form.get('f')!.name = 'g'), 'content-disposition:form-data; filename="x\xc3\xa4%22.bin"; name=f', 'content-disposition: form-data; filename="x\xc3\xa4%22.bin"; name=g'],
    ['file name', (form) => (form.get('a')!.filename = 'ü"\\'), 'name="a"', 'name="a"; filename="\xc3\xbc%22\\\\"'],
    ['a header', (form) => form.get('a')!.headers.set('Content-Type', 'a/b'), 'name="a"\r\n', 'name="a"\r\nContent-Type: a/b\r\n'],
    ['no header', (form) => form.get('a')!.headers.delete('content-disposition'), 'Content-Disposition: form-data; name="a"\r\n', ''],
    ['set', (form) => form.set('f', 'new'), '\0\xff\r\n\r\n--b 11', 'new'],
    ['set of two', (form) => form.set('a', 'one'), '--b 1\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n', ''],
    ['set with a type', (form) => form.set('f', 'ä', { contentType: 'text/plain; charset=latin1' }), 'X: y\r\n folded\r\n\r\n\0\xff\r\n\r\n--b 11', 'X: y\r\n folded\r\nContent-Type: text/plain; charset=latin1\r\n\r\n\xe4'],
    ['append', (form) => form.append('é"', 'v'), '--b 1--', '--b 1\r\nContent-Disposition: form-data; name="\xc3\xa9%22"\r\n\r\nv\r\n--b 1--'],
    ['append a file', (form) => form.append('n', Buffer.of(0), { filename: 'x' }), '--b 1--', '--b 1\r\nContent-Disposition: form-data; name="n"; filename="x"\r\nContent-Type: application/octet-stream\r\n\r\n\0\r\n--b 1--'],
    ['delete', (form) => t.equal(form.delete('a'), true), '', 'preamble\r\n--b 1 \t\r\ncontent-disposition:form-data; filename="x\xc3\xa4%22.bin"; name=f\r\nX: y\r\n folded\r\n\r\n\0\xff\r\n\r\n--b 11\r\n--b 1\r\n\r\nno head\r\n--b 1--\r\nepilogue'],
    ['delete of the last', (form) => t.equal(form.delete([...form].at(-1)!), true), '--b 1\r\n\r\nno head\r\n', ''],
    ['delete of none', (form) => t.equal(form.delete('x'), false), '', undefined],
  ]; // biome-ignore format: a table
  for (const [what, change, from, to] of cases) {
    const message = of();
    change(await message.multipart());
    const expected = from === '' && to !== undefined ? to : BODY.replace(from, () => to ?? from);
    t.equal(await content(message), expected, what);
    t.equal(message.changed, to !== undefined, what);
    const length = to === undefined ? '' : `Content-Length: ${expected.length}\r\n`;
    t.equal(block(message), TYPE + length, what);
  }
});

t.test('parts are live', async (t) => {
  const message = of();
  const form = await message.multipart();
  const [first, file] = [...form];
  first!.text = 'two';
  file!.filename = 'z';
  first!.text = 'three';
  t.equal((await message.multipart()).get('a')!.text, 'three');
  form.delete(file!);
  t.throws(() => (file!.text = 'x'), Error);
  message.body.set(Buffer.from(BODY, 'latin1'));
  t.equal(form.get('a')!.text, 'one');
  t.throws(() => (first!.text = 'x'), Error);
  t.equal(await content(message), BODY);
});

t.test('content with the delimiter throws, and changes nothing', async (t) => {
  const message = of();
  const form = await message.multipart();
  for (const text of ['--b 1\r\n', 'x\r\n--b 1--', 'x\n--b 1\n']) {
    t.throws(() => (form.get('f')!.text = text), TypeError);
    t.throws(() => form.set('f', text, { filename: 'y' }), TypeError);
    t.throws(() => form.append('n', text), TypeError);
  }
  form.get('f')!.headers;
  t.same([await content(message), message.changed], [BODY, false]);
});

t.test('a form is made of nothing', async (t) => {
  const empty = request('/', '');
  const form = await empty.multipart();
  form.append('a', '1');
  form.append('f', Buffer.of(255), { filename: 'x', contentType: 'image/png' });
  const type = /^Content-Type: multipart\/form-data; boundary=(\S+)\r\nContent-Length: (\d+)\r\n$/.exec(block(empty));
  t.ok(type, block(empty));
  t.equal(Number(type![2]), empty.body.size);
  t.equal(
    await content(empty),
    '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\nContent-Type: image/png\r\n\r\n\xff\r\n--B--\r\n'.replaceAll(
      'B',
      type![1]!,
    ),
  );
  form.delete('a');
  form.delete('f');
  t.equal(await content(empty), `--${type![1]}--\r\n`);
  form.append('z', '');
  t.equal((await empty.multipart()).get('z')!.text, '');
  const json = request('/', 'Content-Type: application/json\r\n', '{}');
  const none = await json.multipart();
  t.equal(none.length, 0);
  t.throws(() => none.set('a', '1'), TypeError);
  t.equal(json.changed, false);
});

t.test('line feeds alone, and a body that was cut off', async (t) => {
  const lines = of('--b 1\nContent-Disposition: form-data; name="a"\n\none\n--b 1\nX: y\n\ntwo\n--b 1--\n');
  const form = await lines.multipart();
  t.same(Array.from(form, ({ name, text }) => [name, text]), [['a', 'one'], ['', 'two']]); // biome-ignore format: short
  form.get('a')!.text = '1';
  t.equal(await content(lines), '--b 1\nContent-Disposition: form-data; name="a"\n\n1\n--b 1\nX: y\n\ntwo\n--b 1--\n');
  const cut = of('--b 1\r\nContent-Disposition: form-data; name="a"\r\n\r\non');
  (await cut.multipart()).append('c', '');
  t.equal((await cut.multipart()).get('a')!.text, 'on');
  t.equal((await cut.multipart()).length, 2);
});

t.test('damage is read as far as it goes, and not altered by reading', async (t) => {
  const bytes = Buffer.from(BODY, 'latin1');
  const damaged = [...prefixes(bytes), ...flipped(bytes, [0, 10, 13, 34, 45])];
  for (const body of damaged) {
    const message = request('/', TYPE, body);
    for (const { name, filename, text, headers } of await message.multipart()) [name, filename, text, headers.length];
    if (message.changed || !(await message.body.bytes()).equals(body)) t.fail(body.toString('latin1'));
  }
  t.pass();
});
