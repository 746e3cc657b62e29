import { gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { BodyMissingError, BodyPendingError } from '../../../src/flow/body/body.js';
import { ContentCodingError } from '../../../src/flow/body/content-coding.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import type { Form } from '../../../src/flow/message/form.js';
import { block, content, request } from './messages.js';

const TYPE = 'Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n';
const FORM = 'a=1&&b=x+y%20z%zz&%61=%ff\xff&c';

t.test('fields are read decoded, and the body stays', async (t) => {
  const message = request('/', TYPE, Buffer.from(FORM, 'latin1'));
  const form = await message.form();
  t.same(
    [...form],
    [
      ['a', '1'],
      ['b', 'x y z%zz'],
      ['a', '\ufffd\ufffd'],
      ['c', ''],
    ],
  );
  t.same([form.get('a'), form.has('c'), form.length], ['1', true, 4]);
  t.same([await content(message), message.changed], [FORM, false]);
});

t.test('a change of a field alters only that, and fits the length', async (t) => {
  const cases: [what: string, change: (form: Form) => unknown, after: string | undefined][] = [
    ['set', (form) => form.set('b', "n w'é"), 'a=1&&b=n+w%27%C3%A9&%61=%ff\xff&c'],
    ['set to what it is', (form) => form.set('b', 'x y z%zz'), undefined],
    ['append', (form) => form.append('d', '~*'), `${FORM}&d=%7E*`],
    ['delete', (form) => form.delete('a'), '&b=x+y%20z%zz&c'],
    ['delete of none', (form) => form.delete('x'), undefined],
    ['replace', (form) => form.replace({ x: '1' }), 'x=1'],
    ['replace by none', (form) => form.replace([]), ''],
  ];
  for (const [what, change, after] of cases) {
    for (const framing of [`Content-Length: ${FORM.length}\r\n`, 'Transfer-Encoding: chunked\r\n']) {
      const message = request('/', `X:y\r\n${TYPE}${framing}`, Buffer.from(FORM, 'latin1'));
      change(await message.form());
      t.equal(await content(message), after ?? FORM, what);
      t.equal(message.changed, after !== undefined, what);
      const fitted = framing.replace(/\d+/, String((after ?? FORM).length));
      t.equal(block(message), `X:y\r\n${TYPE}${fitted}`);
    }
  }
});

t.test('an encoded body stays so', async (t) => {
  const message = request('/', `${TYPE}Content-Encoding: gzip\r\n`, gzipSync('a=1&b=2'));
  const form = await message.form();
  form.set('a', '3');
  t.equal(String(gunzipSync(await message.body.rawBytes())), 'a=3&b=2');
  t.equal(message.headers.get('content-length'), String(message.body.size));
});

t.test('views of one body see what the others change', async (t) => {
  const message = request('/', `${TYPE}Content-Encoding: gzip\r\n`, gzipSync('a=1'));
  const [one, other] = [await message.form(), await message.form()];
  one.append('b', '2');
  other.append('c', '3');
  t.equal(one.get('c'), '3');
  message.body.set('d=4');
  t.same([...one.keys()], ['d']);
  message.body.set('');
  t.same([...other], []);
});

t.test('a body of another type is no form', async (t) => {
  const json = request('/', 'Content-Type: application/json\r\n', '{"a=1":1}');
  const form = await json.form();
  t.same([...form], []);
  t.throws(() => form.set('a', '1'), TypeError);
  t.equal(json.changed, false);
  form.replace({ a: '1' });
  t.equal(block(json), 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n');
  t.equal(await content(json), 'a=1');
  const empty = request('/', '');
  (await empty.form()).append('a', 'b c');
  t.equal(block(empty), 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\n');
  t.equal(await content(empty), 'a=b+c');
});

t.test('a missing body is not an empty form', async (t) => {
  const make = (headers: Record<string, string>) =>
    new HttpRequest({
      method: 'POST',
      scheme: 'http',
      host: 'a',
      port: 80,
      authority: '',
      path: '/',
      httpVersion: 'HTTP/1.1',
      headers: Headers.from(headers),
    });
  for (const headers of [{ 'Content-Length': '3' }, { 'Transfer-Encoding': 'chunked' }] as Record<string, string>[]) {
    await t.rejects(make(headers).form(), BodyPendingError);
    await t.rejects(make(headers).multipart(), BodyPendingError);
  }
  t.same([...(await make({}).form())], []);
  const counted = make({});
  counted.body.append(Buffer.from('a=1'));
  await t.rejects(counted.form(), BodyMissingError);
  const damaged = make({ 'Content-Encoding': 'gzip' });
  damaged.body.keepIn(new SpoolPolicy());
  damaged.body.append(Buffer.from('a=1'));
  await t.rejects(damaged.form(), ContentCodingError);
});
