import t from 'tap';
import { Http1Message } from '../../../src/engine/http1/message.js';
import { Http1Reader } from '../../../src/engine/http1/reader.js';
import { BufferedWriter, FlushScheduler } from '../../../src/engine/net/buffered-writer.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { FakeSocket } from '../../support/fake-socket.js';

class Message extends Http1Message {
  begin(...head: Parameters<Http1Message['writeHead']>): void {
    this.writeHead(...head);
  }
}

t.test('framing of written bodies', async (t) => {
  const trailers = Headers.from({ A: '1' });
  const cases: [coding: 'asGiven' | 'chunks' | 'oneChunk', pieces: string[], Headers | undefined, expected: string][] =
    [
      ['asGiven', ['a', 'bc'], undefined, 'abc'],
      ['asGiven', [], trailers, ''],
      ['chunks', ['a', '', 'x'.repeat(26)], undefined, `1\r\na\r\n1a\r\n${'x'.repeat(26)}\r\n0\r\n\r\n`],
      ['chunks', [], trailers, '0\r\nA: 1\r\n\r\n'],
      ['oneChunk', ['a', 'bc'], undefined, '3\r\nabc\r\n0\r\n\r\n'],
      ['oneChunk', ['a'], trailers, '1\r\na\r\n0\r\nA: 1\r\n\r\n'],
      ['oneChunk', [], undefined, '0\r\n\r\n'],
    ];
  for (const [coding, pieces, fields, expected] of cases) {
    const socket = new FakeSocket();
    const writer = new BufferedWriter(socket.asSocket, new FlushScheduler());
    const reader = new Http1Reader(socket.asSocket, { maxHeaderSize: 100, strict: true, status: 400 });
    const message = new Message(reader, writer);
    const size = pieces.join('').length;
    message.begin(Buffer.from('HEAD\r\n\r\n'), coding, size);
    for (const piece of pieces) message.write(Buffer.from(piece));
    message.end(fields);
    writer.flush();
    t.equal(Buffer.concat(socket.written).toString(), `HEAD\r\n\r\n${expected}`, `${coding} ${pieces.length}`);
  }
});
