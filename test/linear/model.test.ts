import { gzipSync } from 'node:zlib';
import { decodeAtOnce, parseContentEncoding } from '../../src/flow/body/content-coding.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { asciiHost, readableHost } from '../../src/flow/text/host-name.js';
import { oneLine, quote } from '../../src/flow/text/quote.js';
import { attempt, growsLinearly, repeated } from '../support/growth.js';

const fieldsOf = (block: string) => [...new Headers(Buffer.from(block, 'latin1'))];
const requestOf = (path: string) =>
  new HttpRequest({
    method: 'GET',
    scheme: 'http',
    host: 'h',
    port: 1,
    authority: '',
    path,
    httpVersion: 'HTTP/1.1',
    headers: new Headers(),
  });
const responseOf = (name: string, value: string) => HttpResponse.make(200, '', { [name]: value });

/** The model of messages: what is repeated, and what reads it. */
growsLinearly([
  ['fields', 1000, repeated(fieldsOf, 'A: b\r\n')],
  ['lines without a colon', 1000, repeated(fieldsOf, 'abc\r\n')],
  ['colons at the beginning', 1000, repeated(fieldsOf, ':abc\r\n')],
  ['folded lines', 1000, repeated(fieldsOf, '\r\n b', 'A: b')],
  ['white space around a value', 4000, repeated(fieldsOf, ' ', 'A: ', 'b')],
  ['fields from pairs', 1000, (count) => () => Headers.from(Array.from({ length: count }, () => ['a', 'b'] as const))],
  [
    'fields one by one',
    1000,
    (count) => () => {
      const headers = new Headers();
      for (let at = 0; at < count; at++) headers.append('a', 'b');
      return headers.bytes;
    },
  ],
  ['a content coding', 4000, repeated(parseContentEncoding, ' ,', 'gzip')],
  [
    'many content codings',
    1000,
    repeated((text) => attempt(() => decodeAtOnce(gzipSync('x'), parseContentEncoding(text), 1e6)), 'gzip,'),
  ],
  ['an absolute URL', 4000, repeated((text) => attempt(() => (requestOf('/').url = text)), 'a+', 'h', '://')],
  [
    'the host that a client names',
    4000,
    repeated(
      (text) => {
        const request = requestOf('/');
        request.headers.append('Host', text);
        return request.prettyUrl;
      },
      ']',
      '[',
    ),
  ],
  ['an event stream', 4000, repeated((text) => responseOf('Content-Type', text).isEventStream, ' ', '', 'x')],
  ['a charset of a body', 4000, repeated((text) => responseOf('Content-Type', text).body.text(), '; charset ', 'a/b')],
  [
    'white space before a charset',
    4000,
    repeated((text) => responseOf('Content-Type', text).body.text(), ' ', 'a/b; charset', '='),
  ],
  ['a name to ASCII', 500, repeated(asciiHost, '\u4e00\u4e01\u4e02\u4e03\u4e04')],
  ['a name from ASCII', 500, repeated(readableHost, 'yc8ga', 'xn--')],
  ['a quotation', 4000, repeated((text) => [quote(text), oneLine(text)], '\n\x9b')],
]);
