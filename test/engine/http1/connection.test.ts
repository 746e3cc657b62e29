import { Duplex } from 'node:stream';
import t from 'tap';
import type { ClientContext } from '../../../src/engine/client/client-context.js';
import { NO_BODY } from '../../../src/engine/http/wire.js';
import { Http1Connection } from '../../../src/engine/http1/connection.js';
import { FlushScheduler } from '../../../src/engine/net/buffered-writer.js';
import type { ServerChannel } from '../../../src/engine/upstream/server-channel.js';
import { AbruptServers } from '../../../src/engine/upstream/server-quirks.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';

const DESTINATION = { scheme: 'http', host: 'there', port: 80 };

/** A connection whose server is played by the test. */
function connected(): { connection: Http1Connection; stream: Duplex; sent: string[]; abrupt: AbruptServers } {
  const sent: string[] = [];
  const stream = new Duplex({
    allowHalfOpen: true,
    read() {},
    write(chunk: Buffer, _encoding, done) {
      sent.push(chunk.toString('latin1'));
      done();
    },
  });
  const abrupt = new AbruptServers();
  const services = {
    options: { maxHeaderSize: 65536, validateInboundHeaders: true },
    flushScheduler: new FlushScheduler(),
    abruptServers: abrupt,
  };
  const channel = { stream, connection: {}, forwarder: undefined, destroy: () => stream.destroy() };
  const context = { services } as unknown as ClientContext;
  return {
    connection: new Http1Connection(channel as unknown as ServerChannel, DESTINATION, context),
    stream,
    sent,
    abrupt,
  };
}

/** Sends a request, and receives its response. */
async function exchange({ connection, stream }: ReturnType<typeof connected>, response: string, fields = {}) {
  const outgoing = connection.begin();
  outgoing.send(HttpRequest.make('POST', 'http://there/', '', fields), NO_BODY);
  stream.push(response);
  const head = await outgoing.readHead();
  outgoing.answered();
  return { outgoing, head };
}

const OK = 'HTTP/1.1 204 No Content\r\n\r\n';

t.test('a request that had not left when the server closed was not processed', async (t) => {
  const parts = connected();
  await exchange(parts, OK);
  await new Promise(setImmediate);
  t.equal(parts.sent.length, 1);
  const outgoing = parts.connection.begin();
  outgoing.send(HttpRequest.make('POST', 'http://there/'), NO_BODY);
  parts.stream.push(null);
  t.equal(await outgoing.readHead(), undefined);
  t.equal(outgoing.refused, true, 'nothing was written');
  await new Promise(setImmediate);
  t.equal(outgoing.refused, false, 'it was');
  t.equal(outgoing.unprocessed, true);
});

t.test('which connections may carry another request', async (t) => {
  const table: [name: string, fields: Record<string, string>, response: string, persistent: boolean][] = [
    ['as usual', {}, OK, true],
    ['the response is the last', {}, OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'), false],
    ['the request was the last', { Connection: 'close' }, OK, false],
    ['among other options', { Connection: 'foo, Close' }, OK, false],
    ['chunks may follow', {}, OK.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n'), false],
    ['other options', { Connection: 'keep-alive, foo' }, OK, true],
  ];
  for (const [name, fields, response, persistent] of table) {
    const { outgoing } = await exchange(connected(), response, fields);
    t.equal(outgoing.persistent, persistent, name);
  }
});

t.test('when the server may be closing an idle connection', async (t) => {
  const { now } = performance;
  let later = 0;
  performance.now = () => now.call(performance) + later;
  t.teardown(() => {
    performance.now = now;
  });
  const parts = connected();
  later = 10_000;
  t.equal(parts.connection.mayBeClosing, false, 'no request was sent yet, so nothing is sent twice');
  await exchange(parts, OK);
  t.equal(parts.connection.mayBeClosing, false);
  later += 1400;
  t.equal(parts.connection.mayBeClosing, false);
  later += 1000;
  t.equal(parts.connection.mayBeClosing, true);
  await exchange(parts, OK);
  t.equal(parts.connection.mayBeClosing, false, 'it was used again');
  const challenge = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM abc\r\nContent-Length: 0\r\n\r\n';
  await exchange(parts, challenge);
  later += 5000;
  t.equal(parts.connection.mayBeClosing, false, 'it is authenticated, so another one would not do');
});

t.test('servers that close without notice', async (t) => {
  const { now } = performance;
  let later = 0;
  performance.now = () => now.call(performance) + later;
  t.teardown(() => {
    performance.now = now;
  });
  const closedAfter = async (milliseconds: number): Promise<AbruptServers> => {
    const parts = connected();
    await exchange(parts, OK);
    later += milliseconds;
    parts.stream.push(null);
    await new Promise(setImmediate);
    t.equal(parts.connection.canTake(), false);
    return parts.abrupt;
  };
  t.equal((await closedAfter(0)).has(DESTINATION), true, 'at once');
  t.equal((await closedAfter(5000)).has(DESTINATION), false, 'after a time');
  const abrupt = new AbruptServers();
  abrupt.add(DESTINATION);
  t.equal(abrupt.has({ ...DESTINATION, port: 81 }), false, 'another server');
  later += 61_000;
  t.equal(abrupt.has(DESTINATION), false, 'it is forgotten');
});
