import t from 'tap';
import { answering } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';

/** Faults that clients accept without a proxy. */
const RESPONSES: [name: string, sent: string, forwarded: string, end: 'goes on' | 'closes'][] = [
  [
    'HTTP/2.0 in HTTP/1',
    'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'goes on',
  ],
  [
    'chunks in HTTP/1.0',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'closes',
  ],
  [
    'chunks in HTTP/1.0 on a connection that would persist',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'closes',
  ],
  [
    'Transfer-Encoding twice',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: 1\r\ntransfer-encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: 1\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'goes on',
  ],
  [
    'white space before the colon of a trailer',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA : 1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: 1\r\n\r\n',
    'goes on',
  ],
  [
    'a length with leading zeros',
    'HTTP/1.1 200 OK\r\nContent-Length: 002\r\n\r\nok',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'goes on',
  ],
];

t.test('faulty responses that clients accept are forwarded', async (t) => {
  for (const [name, sent, forwarded, end] of RESPONSES) {
    await t.test(name, async (t) => {
      const { client, origin, proxy, url } = await setup(t, answering(sent, sent));
      client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
      if (end === 'closes') {
        t.equal(await client.whole(), forwarded);
      } else {
        await client.has(forwarded);
        t.equal(client.text, forwarded);
        client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
        await client.has(forwarded + forwarded);
      }
      const { flow, responseBody } = await proxy.http();
      t.same([flow.error, responseBody, flow.response?.body.complete], [undefined, 'ok', true]);
      t.match(forwarded, `${flow.response?.httpVersion} 200 OK\r\n${flow.response?.headers.bytes}`);
      if (end === 'closes') t.equal(origin.connections.length, 1);
    });
  }
});
