import t from 'tap';
import { answering } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';

t.test('the fields of a flow', async (t) => {
  const { client, origin, proxy, url } = await setup(
    t,
    answering(
      'HTTP/1.1 201 Very Fine\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 2\r\n\r\n',
    ),
  );
  client.send(
    `PUT ${url}/p?q HTTP/1.1\r\nHost: other\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nS: 1\r\n\r\n`,
  );
  const { flow, requestBody, responseBody } = await proxy.http();
  t.match(flow.request, {
    method: 'PUT',
    scheme: 'http',
    host: '127.0.0.1',
    port: origin.port,
    authority: origin.authority,
    path: '/p?q',
    httpVersion: 'HTTP/1.1',
  });
  t.equal(flow.request.headers.bytes.toString(), 'Host: other\r\nTransfer-Encoding: chunked\r\n');
  t.equal(flow.request.trailers?.bytes.toString(), 'S: 1\r\n');
  t.same([requestBody, responseBody], ['hello', 'abcde']);
  t.match(flow.response, { statusCode: 201, reason: 'Very Fine', httpVersion: 'HTTP/1.1' });
  t.equal(flow.response?.headers.bytes.toString(), 'Transfer-Encoding: chunked\r\nX: 1\r\n');
  t.equal(flow.response?.trailers?.bytes.toString(), 'T: 2\r\n');
  t.same([flow.request.changed, flow.response?.changed, flow.error], [false, false, undefined]);
  t.same([flow.request.body.complete, flow.response?.body.complete], [true, true]);
  const { request, response, server } = flow;
  const times = [flow.timestampCreated, request.timestampEnd!, response!.timestampStart, response!.timestampEnd!];
  t.same(times, times.toSorted(), 'times in order');
  t.ok(request.timestampStart > 1.6e9 && flow.client.timestampStart <= request.timestampStart + 0.001);
  // Connections and exchanges have clocks of their own, which begin with a resolution of a millisecond.
  t.ok(server.timestampStart <= server.timestampTcpSetup!);
  t.ok(server.timestampTcpSetup! <= response!.timestampStart + 0.001);
  t.same(server.address, ['127.0.0.1', origin.port]);
  t.same(server.peer, ['127.0.0.1', origin.port]);
  t.same(flow.client.local, ['127.0.0.1', proxy.port]);
});
