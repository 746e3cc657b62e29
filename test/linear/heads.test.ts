import { parseBasic } from '../../src/engine/client/basic-auth.js';
import { requestFraming, responseFraming } from '../../src/engine/http1/body/framing.js';
import { errorPage } from '../../src/engine/http1/error-page.js';
import { parseHead } from '../../src/engine/http1/head/head.js';
import { forwardedBlock } from '../../src/engine/http1/head/head-writer.js';
import { TargetParser } from '../../src/engine/http1/head/request-target.js';
import { setFramingFields } from '../../src/engine/http1/head/set-framing-fields.js';
import { parseRequestLine, parseStatusLine } from '../../src/engine/http1/head/start-line.js';
import { fixedFields, persists } from '../../src/engine/http1/parse-request.js';
import { parseAuthority } from '../../src/flow/http/authority.js';
import { Headers } from '../../src/flow/http/headers.js';
import { attempt, growsLinearly, repeated } from '../support/growth.js';

const FIXED = { protocol: 'http', hostHeader: 'h', authorization: 'Basic eA==' } as const;
const headOf = (block: string) => parseHead(Buffer.from(`-\r\n${block}\r\n`, 'latin1'), 0, false)!;
const framing = (block: string) => {
  const head = headOf(block);
  attempt(() => requestFraming(head, 'HTTP/1.1', true));
  attempt(() => responseFraming(head, 'HTTP/1.1', true, 'GET', 200));
};
const forwarded = (block: string) => forwardedBlock(headOf(block), 'h');
const fixed = (block: string) => fixedFields(Buffer.from(block), FIXED);
const agree = (codings: string) =>
  setFramingFields(Headers.from({ 'Transfer-Encoding': codings }), { kind: 'chunked' }, { size: 1 });

/** Heads of HTTP/1 and what is made of them: what is repeated, and what reads it. */
growsLinearly([
  ['white space in Content-Length', 4000, repeated(framing, ' ', 'Content-Length: 5', 'x\r\n')],
  ['values of Content-Length', 2000, repeated(framing, '5,', 'Content-Length: ', '5\r\n')],
  ['lines of Content-Length', 1000, repeated(framing, 'Content-Length: 5\r\n')],
  ['white space in Transfer-Encoding', 4000, repeated(framing, ' ', 'Transfer-Encoding: gzip', 'x\r\n')],
  ['folds in Transfer-Encoding', 2000, repeated(framing, '\r\n ', 'Transfer-Encoding: gzip', 'x\r\n')],
  ['codings', 2000, repeated(framing, 'gzip,', 'Transfer-Encoding: ', 'chunked\r\n')],
  ['white space before a colon', 4000, repeated(headOf, ' ', 'A', ': b\r\n')],
  ['fields without a colon', 1000, repeated(headOf, 'abc\r\n')],
  ['folds', 2000, repeated(headOf, '\r\n b', 'A: b', '\r\n')],
  ['bare line feeds', 2000, repeated(headOf, 'A: b\n')],
  ['Connection with Upgrade: h2c', 4000, repeated(forwarded, ' ', 'Upgrade: h2c\r\nConnection:', 'x\r\n y\r\n')],
  ['options of Connection', 2000, repeated(forwarded, 'upgrade, ', 'Upgrade: h2c\r\nConnection:', 'x\r\n')],
  ['protocols of Upgrade', 2000, repeated(forwarded, 'x , ', 'Upgrade: ', 'x\r\n')],
  ['Proxy fields', 1000, repeated(forwarded, 'Proxy-A: b\r\n')],
  ['Host fields of a fixed server', 1000, repeated(fixed, 'Host: a\r\n b\r\n')],
  ['white space around the name of a field', 4000, repeated(fixed, ' ', 'Host', ': a\r\n')],
  ['chunked last', 4000, repeated(agree, ' ', 'chunked', 'x')],
  ['chunked again and again', 2000, repeated(agree, ', chunked', 'chunked', 'x')],
  ['options of a connection that persists', 2000, repeated((text) => persists('HTTP/1.1', text), ' ,', 'x', 'close')],
  ['spaces in a request line', 4000, repeated((text) => attempt(() => parseRequestLine(text)), ' ', 'GET', 'HTTP/1.1')],
  ['a status line', 4000, repeated((text) => attempt(() => parseStatusLine(text)), ' ', 'HTTP/1.1 200', 'x\r')],
  [
    'a request target',
    4000,
    repeated((text) => attempt(() => new TargetParser(undefined).parse('GET', text)), '@', 'http://', 'h/'),
  ],
  [
    'a scheme',
    4000,
    repeated((text) => attempt(() => new TargetParser(undefined).parse('GET', text)), 'a:', 'http', '//'),
  ],
  ['an authority', 4000, repeated(parseAuthority, ':', '[', ']:1')],
  ['Basic credentials', 4000, repeated(parseBasic, ' ', 'basic', 'x=!')],
  ['padding of credentials', 4000, repeated(parseBasic, '=', 'basic eA', 'x')],
  ['an error page', 4000, repeated((text) => errorPage(400, text, '1', true), '<&')],
]);
