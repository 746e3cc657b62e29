import t from 'tap';
import { Http1Reader } from '../../../src/engine/http1/reader.js';
import { FakeSocket } from '../../support/fake-socket.js';
import { later } from '../../support/later.js';

function reading(): { socket: FakeSocket; reader: Http1Reader } {
  const socket = new FakeSocket();
  return { socket, reader: new Http1Reader(socket.asSocket, { maxHeaderSize: 200, strict: true, status: 502 }) };
}

class Gatherer {
  readonly wires: Buffer[] = [];
  readonly contents: Buffer[] = [];
  wire(bytes: Buffer): void {
    this.wires.push(bytes);
  }
  content(bytes: Buffer): void {
    this.contents.push(bytes);
  }
}

t.test('a flood of heads lets other connections be served', async (t) => {
  const { socket, reader } = reading();
  reader.onIdleBytes = () => t.fail();
  const interim = 'HTTP/1.1 103 X\r\n\r\n';
  let atOnce = 0;
  const first = reader.readHead();
  socket.give(interim.repeat(2000));
  await first;
  let next = reader.readHead();
  for (; !(next instanceof Promise); next = reader.readHead()) atOnce++;
  t.ok(atOnce > 100 && atOnce < 1000, String(atOnce));
  t.ok(socket.isPaused && reader.reading);
  socket.give(interim);
  t.match(await next, { line: 'HTTP/1.1 103 X' });
  await later();
  t.notOk(socket.isPaused);
  for (; reader.buffered > 0; atOnce++) await reader.readHead();
  t.equal(atOnce, 1999);
});

t.test('an invalid head after a flood', async (t) => {
  const { socket, reader } = reading();
  socket.give(`${'HTTP/1.1 103 X\r\n\r\n'.repeat(500)}${'x'.repeat(300)}\r\n\r\n`);
  for (let at = 0; at < 500; at++) await reader.readHead();
  await t.rejects(async () => reader.readHead(), { name: 'ProtocolError' });
});

t.test('a flood of chunks lets other connections be served', async (t) => {
  const { socket, reader } = reading();
  socket.give('HTTP/1.1 200 OK\r\n\r\n');
  t.ok(reader.readHead());
  const sink = new Gatherer();
  void reader.readBody({ kind: 'chunked' }, sink);
  socket.give('1\r\na\r\n'.repeat(1000));
  t.ok(socket.isPaused);
  t.equal(sink.contents.join(''), 'a'.repeat(1000));
  t.ok(sink.contents.length < 10, 'tiny chunks are passed on together');
  await later();
  t.notOk(socket.isPaused);
  socket.give('1\r\na\r\n'.repeat(1000));
  t.equal(reader.detach().length, 0);
  await later();
  t.ok(socket.isPaused, 'a detached socket stays paused');
});
