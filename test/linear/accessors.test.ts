import { decodeText, encodeText } from '../../src/flow/text/charset.js';
import { parameterOf, withParameter } from '../../src/flow/text/parameters.js';
import { request, response } from '../flow/message/messages.js';
import { growsLinearly, repeated } from '../support/growth.js';

const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n';
const PARTS = 'Content-Type: multipart/form-data; boundary=b\r\n';

function query(text: string): unknown {
  const { query } = request(`/?${text}`);
  query.set('a', 'x');
  query.delete('b');
  query.append('c', 'y');
  return [...query];
}

async function form(text: string): Promise<unknown> {
  const form = await request('/', FORM, text).form();
  form.set('a', 'x');
  form.delete('b');
  return [...form];
}

async function multipart(text: string): Promise<unknown> {
  const form = await request('/', PARTS, text).multipart();
  form.set('a', 'x');
  form.delete('');
  return Array.from(form, ({ name, text }) => [name, text]);
}

function cookies(text: string): unknown {
  const { cookies } = request('/', `Cookie: ${text}\r\n`);
  cookies.set('a', 'x');
  cookies.delete('b');
  return [...cookies];
}

function segments(text: string): unknown {
  const { pathSegments } = request(`/${text}`);
  pathSegments.append('y');
  pathSegments.set(-1, 'x');
  pathSegments.delete(0);
  return [...pathSegments];
}

function setCookie(text: string): unknown {
  const { cookies } = response(`Set-Cookie: ${text}\r\n`);
  for (const cookie of cookies) {
    if (cookie.expires !== undefined) continue;
    cookie.path = '/';
    cookie.secure = false;
  }
  cookies.set('a', 'x');
  return cookies.length;
}

/** What addons read and change of messages. */
growsLinearly([
  ['parameters of a query', 2000, repeated(query, '&a=1&b=2')],
  ['percent signs of a query', 8000, repeated(query, '%', 'a=')],
  ['fields of a form', 2000, repeated(form, '&a=1&b=+%41')],
  ['an escaped value of a form', 8000, repeated(form, '%c3%a4', 'a=')],
  ['parts', 500, repeated(multipart, '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n', '', '--b--')],
  ['parts that never end', 2000, repeated(multipart, '--b\r\n')],
  ['what is nearly a delimiter', 4000, repeated(multipart, '--b--bx', '--b\r\n\r\n')],
  ['line feeds in a part', 8000, repeated(multipart, '\n\r', '--b\r\n')],
  ['white space behind a delimiter', 8000, repeated(multipart, ' ', '--b', '\r\n\r\n')],
  ['cookies', 1000, repeated(cookies, 'a=1; b=2;')],
  ['white space in cookies', 8000, repeated(cookies, ' ', 'a', '=')],
  ['segments of a path', 2000, repeated(segments, '/a%2f')],
  ['slashes', 8000, repeated(segments, '/')],
  ['attributes of a cookie', 1000, repeated(setCookie, '; path=/; Secure', 'a=1')],
  ['lines of cookies', 300, repeated(setCookie, '\r\nSet-Cookie: b=2; Secure', 'a=1')],
  ['parameters of a field', 4000, repeated((text) => [parameterOf(text, 'q'), withParameter(text, 'q', '1')], '; p=1')],
  ['a quoted parameter', 8000, repeated((text) => parameterOf(text, 'p'), '\\"', 'a; p="')],
  ['text in a charset', 20_000, repeated((text) => encodeText(text, 'a/b; charset=gbk').bytes, '中')],
  ['text of a charset', 8000, repeated((text) => decodeText(Buffer.from(text), 'a/b; charset=gbk'), 'ab')],
]);
