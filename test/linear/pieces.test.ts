import { detect } from '../../src/engine/client/detect.js';
import { ChunkedScanner } from '../../src/engine/http1/body/chunked.js';
import { HeadBuffer } from '../../src/engine/http1/head/head-buffer.js';
import { ClientHelloReader } from '../../src/engine/tls/client-hello/client-hello-reader.js';
import { connectAnswerReader } from '../../src/engine/upstream/dial/http-connect.js';
import { growsLinearly, repeated } from '../support/growth.js';

const LIMITS = { maxHeaderSize: Number.MAX_SAFE_INTEGER, strict: true, status: 400 } as const;
const pieces = (text: string, push: (bytes: Buffer) => unknown) => {
  for (const byte of Buffer.from(text, 'latin1')) push(Buffer.of(byte));
};

/** What comes in many small pieces: what is repeated, and what reads it. */
growsLinearly([
  [
    'a head byte by byte',
    500,
    repeated(
      (text) => {
        const buffer = new HeadBuffer(LIMITS);
        pieces(text, (byte) => {
          buffer.append(byte);
          buffer.takeHead();
        });
      },
      'A: b\r\n',
      'GET / HTTP/1.1\r\n',
    ),
  ],
  [
    'an answer to CONNECT byte by byte',
    500,
    repeated(
      (text) => {
        const read = connectAnswerReader();
        const bytes = Buffer.from(text, 'latin1');
        for (let end = 1; end < bytes.length; end++) read(bytes.subarray(0, end));
      },
      'A: b\r\n',
      'HTTP/1.1 200 OK\r\n',
    ),
  ],
  [
    'interim answers to CONNECT byte by byte',
    200,
    repeated((text) => {
      const read = connectAnswerReader();
      const bytes = Buffer.from(text, 'latin1');
      for (let end = 1; end < bytes.length; end++) read(bytes.subarray(0, end));
    }, 'HTTP/1.1 103 Early\r\n\r\n'),
  ],
  [
    'chunks of one byte',
    500,
    repeated((text) => {
      const scanner = new ChunkedScanner(LIMITS.maxHeaderSize, true, 400);
      pieces(text, (byte) => scanner.scan(byte, 0, () => {}));
    }, '1\r\na\r\n'),
  ],
  [
    'a chunk extension byte by byte',
    4000,
    repeated(
      (text) => {
        const scanner = new ChunkedScanner(LIMITS.maxHeaderSize, true, 400);
        pieces(text, (byte) => scanner.scan(byte, 0, () => {}));
      },
      'a',
      '1;',
    ),
  ],
  [
    'trailers byte by byte',
    500,
    repeated(
      (text) => {
        const scanner = new ChunkedScanner(LIMITS.maxHeaderSize, true, 400);
        pieces(text, (byte) => scanner.scan(byte, 0, () => {}));
      },
      'A: b\r\n',
      '0\r\n',
      '\r\n',
    ),
  ],
  [
    'records of a ClientHello with one byte each',
    500,
    repeated(
      (text) => {
        const reader = new ClientHelloReader();
        pieces(text, (byte) => reader.push(byte));
      },
      '\x16\x03\x01\x00\x01\x00',
      '\x16\x03\x01\x00\x04\x01\x00\xff\xff',
    ),
  ],
  ['the first bytes of a connection', 4000, repeated((text) => detect(Buffer.from(text)), 'a', 'GET ')],
]);
