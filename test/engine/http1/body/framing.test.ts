import t from 'tap';
import { requestFraming, responseFraming } from '../../../../src/engine/http1/body/framing.js';
import { parseHead } from '../../../../src/engine/http1/head/head.js';
import { refusal } from '../../../support/refusal.js';

const LENGTHS_AND_CHUNKS = 'both Content-Length and Transfer-Encoding';
const NOT_LAST = 'a Transfer-Encoding in which chunked is not last';
const TWICE = 'a Transfer-Encoding with chunked twice';
const CLOSE = 'a request whose last transfer-coding is not chunked';
const TWO = 'two different values of Content-Length';

/** Framing is written as `none`, `close`, `chunked` or the length; a refusal as its reason. */
const REQUESTS: [fields: string[], strict: string, lenient?: string, httpVersion?: string][] = [
  [[], 'none'],
  [['Content-Length: 0'], 'none'],
  [['Content-Length: 5'], '5'],
  [['Content-Length: 9007199254740991'], '9007199254740991'],
  [['Content-Length: 9007199254740992'], 'Content-Length 9007199254740992 is too large'],
  [['Content-Length: 5', 'Content-Length: 5'], '5'],
  [['Content-Length: 5', 'Content-Length: 6'], TWO],
  [['Content-Length: 5, 5'], 'Content-Length "5, 5"'],
  [['Content-Length: 5', 'Content-Length: 5, 6'], TWO],
  [['Content-Length: 5', 'Content-Length: 5, 5'], TWO],
  [['Content-Length: 5, 5', 'Content-Length: 5, 5'], 'Content-Length "5, 5, 5, 5"'],
  [['Content-Length: 5', 'Content-Length: 05'], TWO],
  [['Content-Length: 05'], 'Content-Length "05"', '5'],
  [['Content-Length: 00'], 'Content-Length "00"', 'none'],
  [['Content-Length:'], 'Content-Length ""'],
  [['Content-Length: +5'], 'Content-Length "+5"'],
  [['Content-Length: -5'], 'Content-Length "-5"'],
  [['Content-Length: 0x5'], 'Content-Length "0x5"'],
  [['Content-Length: 5 5'], 'Content-Length "5 5"'],
  [['Content-Length: 5.0'], 'Content-Length "5.0"'],
  [['Content-Length: 5e1'], 'Content-Length "5e1"'],
  [['Content-Length: \x0b5'], 'Content-Length "\\u000b5"'],
  [['Content-Length: 5\xa0'], 'Content-Length "5\\xa0"'],
  [['Transfer-Encoding: chunked'], 'chunked'],
  [['transfer-encoding:CHUNKED'], 'chunked'],
  [['Transfer-Encoding: gzip, chunked'], 'chunked'],
  [['Transfer-Encoding: gzip', 'Transfer-Encoding: chunked'], 'chunked'],
  [['Transfer-Encoding: chunked, gzip'], NOT_LAST],
  [['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], NOT_LAST],
  [['Transfer-Encoding: chunked, chunked'], TWICE],
  [['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], TWICE],
  [['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip, chunked'], TWICE],
  [['Transfer-Encoding: chunked,'], NOT_LAST],
  [['Transfer-Encoding: x-gzip , chunked'], 'chunked'],
  [['Transfer-Encoding: x-compress', 'Transfer-Encoding: CHUNKED'], 'chunked'],
  [['Transfer-Encoding: ,chunked'], 'unknown Transfer-Encoding ",chunked"', 'chunked'],
  [['Transfer-Encoding:', 'Transfer-Encoding: chunked'], 'unknown Transfer-Encoding ", chunked"', 'chunked'],
  [['Transfer-Encoding: identity, chunked'], 'unknown Transfer-Encoding "identity, chunked"', 'chunked'],
  [['Transfer-Encoding: x', 'Transfer-Encoding: chunked'], 'unknown Transfer-Encoding "x, chunked"', 'chunked'],
  [['Transfer-Encoding: gzip'], CLOSE],
  [['Transfer-Encoding: identity'], CLOSE],
  [['Transfer-Encoding:'], 'unknown Transfer-Encoding ""', CLOSE],
  [['Transfer-Encoding: xchunked'], 'unknown Transfer-Encoding "xchunked"', CLOSE],
  [['Transfer-Encoding: chunked;q=1'], 'unknown Transfer-Encoding "chunked;q=1"', CLOSE],
  [['Transfer-Encoding: "chunked"'], 'unknown Transfer-Encoding "\\"chunked\\""', CLOSE],
  [['Transfer-Encoding: \x0bchunked'], 'unknown Transfer-Encoding "\\u000bchunked"', CLOSE],
  [['Transfer-Encoding: chunked\xa0'], 'unknown Transfer-Encoding "chunked\\xa0"', CLOSE],
  [['Transfer-Encoding: chunked', 'Content-Length: 5'], LENGTHS_AND_CHUNKS, 'chunked'],
  [['Content-Length: 5', 'Transfer-Encoding: chunked'], LENGTHS_AND_CHUNKS, 'chunked'],
  [['Content-Length: 5', 'Transfer-Encoding: x'], LENGTHS_AND_CHUNKS, CLOSE],
  [['Transfer-Encoding: chunked'], 'Transfer-Encoding in HTTP/1.0', 'chunked', 'HTTP/1.0'],
  [['Content-Length: 5'], '5', undefined, 'HTTP/1.0'],
];

t.test('requests', async (t) => {
  for (const [fields, strict, lenient = strict, version = 'HTTP/1.1'] of REQUESTS) {
    const facts = parseHead(block(fields), 0, false)!;
    t.equal(
      shown(() => requestFraming(facts, version, true), 400),
      strict,
      `${version} ${fields}`,
    );
    t.equal(
      shown(() => requestFraming(facts, version, false), 400),
      lenient,
      `${version} ${fields}, lenient`,
    );
  }
});

const RESPONSES: [fields: string[], method: string, status: number, framing: string, httpVersion?: string][] = [
  [[], 'GET', 200, 'close'],
  [['Content-Length: 0'], 'GET', 200, 'none'],
  [['Content-Length: 5'], 'GET', 200, '5'],
  [['Content-Length: 5'], 'GET', 404, '5'],
  [['Content-Length: 5'], 'HEAD', 200, 'none'],
  [['Content-Length: 5'], 'head', 200, '5'],
  [['Content-Length: 5'], 'GET', 204, 'none'],
  [['Content-Length: 5'], 'GET', 304, 'none'],
  [['Content-Length: 5'], 'GET', 101, 'none'],
  [[], 'HEAD', 200, 'none'],
  [[], 'GET', 204, 'none'],
  [['Transfer-Encoding: chunked'], 'GET', 200, 'chunked'],
  [['Transfer-Encoding: chunked'], 'HEAD', 200, 'none'],
  [['Transfer-Encoding: gzip'], 'GET', 200, 'close'],
  [['Transfer-Encoding: identity'], 'GET', 200, 'close'],
  [['Transfer-Encoding: chunked'], 'GET', 200, 'chunked', 'HTTP/1.0'],
  [['Transfer-Encoding: chunked', 'Content-Length: 5'], 'GET', 200, LENGTHS_AND_CHUNKS, 'HTTP/1.0'],
  [['Content-Length: 05'], 'GET', 200, '5'],
  [['Content-Length: 00'], 'GET', 200, 'none'],
  [['Content-Length: 5', 'Content-Length: 05'], 'GET', 200, TWO],
  [['Content-Length: +5'], 'GET', 200, 'Content-Length "+5"'],
  [['Transfer-Encoding: chunked', 'transfer-encoding: Chunked'], 'GET', 200, 'chunked'],
  [['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], 'HEAD', 200, 'none'],
  [['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked', 'Content-Length: 5'], 'GET', 200, LENGTHS_AND_CHUNKS],
  [['Transfer-Encoding: chunked, chunked'], 'GET', 200, TWICE],
  [['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip, chunked'], 'GET', 200, TWICE],
  [['Transfer-Encoding: chunked', 'Content-Length: 5'], 'GET', 200, LENGTHS_AND_CHUNKS],
  [['Transfer-Encoding: chunked', 'Content-Length: 5'], 'HEAD', 200, LENGTHS_AND_CHUNKS],
  [['Content-Length: 5', 'Content-Length: 6'], 'GET', 304, TWO],
  [['Transfer-Encoding: chunked, gzip'], 'GET', 200, NOT_LAST],
];

t.test('responses', async (t) => {
  for (const [fields, method, status, framing, version = 'HTTP/1.1'] of RESPONSES) {
    const facts = parseHead(block(fields), 0, false)!;
    const found = shown(() => responseFraming(facts, version, true, method, status), 502);
    t.equal(found, framing, `${version} ${status} to ${method}: ${fields}`);
  }
});

function block(fields: string[]): Buffer {
  return Buffer.from(`-\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`, 'latin1');
}

function shown(attempt: () => ReturnType<typeof requestFraming>, status: number): string {
  let text = '';
  const refused = refusal(() => {
    const framing = attempt();
    text = framing.kind === 'length' ? String(framing.length) : framing.kind;
  });
  return refused?.replace(`${status} Refused: `, '') ?? text;
}
