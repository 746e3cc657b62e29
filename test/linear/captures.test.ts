import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import { Headers } from '../../src/flow/http/headers.js';
import { parseTime } from '../../src/serialize/har/entry/har-time.js';
import { readTarget, readVersion } from '../../src/serialize/har/entry/read-target.js';
import { queryParameters } from '../../src/serialize/har/har-url.js';
import { requestCookies, responseCookies } from '../../src/serialize/har/message/cookies.js';
import { StreamInput } from '../../src/serialize/input/input-stream.js';
import { readAll } from '../serialize/flows.js';
import { growsLinearly, repeated } from '../support/growth.js';

const inPieces = (bytes: Buffer, length: number) =>
  Array.from({ length: Math.ceil(bytes.length / length) }, (_, at) => bytes.subarray(at * length, (at + 1) * length));
const readPieces = (text: string) => readAll(inPieces(Buffer.from(text), 1000));

/** Captures: what is repeated, and what reads it. */
growsLinearly([
  ['a time in a HAR', 4000, repeated(parseTime, ' ', '2020-01-01T00:00:00', 'x')],
  ['digits of a time in a HAR', 4000, repeated(parseTime, '0', '2020-01-01T00:00:00.', ' x')],
  ['a URL in a HAR', 4000, repeated((text) => readTarget(text, 'GET', 'HTTP/1.1'), '@', 'http://', 'h')],
  ['a version in a HAR', 4000, repeated(readVersion, 'qui')],
  ['parameters of a query', 1000, repeated(queryParameters, 'a=%20&')],
  ['cookies of a request', 1000, repeated((text) => requestCookies(Headers.from({ Cookie: text })), 'a=b; ')],
  [
    'cookies of a response',
    1000,
    repeated((text) => responseCookies(Headers.from({ 'Set-Cookie': text }), 0), '; Expires=Mon, '),
  ],
  [
    'a window of a stream that grows',
    4000,
    (count) => async () => {
      const input = new StreamInput('', Readable.from(Array<Buffer>(count).fill(Buffer.from('a'))), new SpoolPolicy());
      while ((await input.fill(input.buffer.length + 1)) < count);
    },
  ],
  [
    'a line of JSON in small pieces',
    2000,
    repeated((text) => readAll(inPieces(Buffer.from(text), 10)), '"a",', '{"type":["', '"a"]}\n'),
  ],
  ['damaged lines of JSON', 500, repeated(readPieces, '{\n', '{"type":"http"}\n')],
  ['damaged entries of a HAR', 200, repeated(readPieces, '[{"time":', '{"log":{"entries":[')],
  [
    'empty streams of gzip',
    1000,
    (count) => {
      const empty = gzipSync('');
      const bytes = Buffer.concat([gzipSync('{"type":"http"}\n'), ...Array<Buffer>(count).fill(empty)]);
      return () => readAll(inPieces(bytes, 1000));
    },
  ],
]);
