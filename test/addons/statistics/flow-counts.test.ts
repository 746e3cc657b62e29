import t from 'tap';
import { FlowCounts } from '../../../src/addons/statistics/flow-counts.js';
import type { StatisticsReport } from '../../../src/addons/statistics/report.js';
import { Body } from '../../../src/flow/body/body.js';
import type { Flow, HttpFlow } from '../../../src/flow/flow.js';
import { newTls } from '../../serialize/sample-flows.js';
import { dnsFlow, httpFlow, message, messageLog, tcpFlow, udpFlow } from '../../terminal/sample-flows.js';

function count(flows: readonly Flow[], showHost = false): StatisticsReport {
  const counts = new FlowCounts(showHost);
  for (const flow of flows) counts.add(flow);
  return counts.report();
}

/** `name count/bytes/errors`, one after the other. */
const shown = ({ names }: StatisticsReport['hosts']): string =>
  names.map(({ name, count, bytes, errors }) => `${name} ${count}/${bytes}/${errors}`).join(', ');

/** A flow from one second to another. */
function timed(flow: HttpFlow, began: number, ended: number | undefined): HttpFlow {
  flow.timestampCreated = began;
  flow.request.timestampStart = began;
  if (flow.response) {
    flow.response.timestampStart = began + 0.5;
    flow.response.timestampEnd = ended;
  }
  return flow;
}

t.test('nothing', async (t) => {
  const report = count([]);
  t.match(report, { version: 1, flows: 0, errors: 0, time: { first: null, last: null, seconds: 0 } });
  t.same(report.connections, { clients: { count: 0, exact: true }, servers: { count: 0, exact: true } });
});

t.test('kinds, errors, bytes', async (t) => {
  const post = httpFlow({ method: 'POST', body: 'abc' }, { body: 'hello' });
  const failed = httpFlow({ host: 'other.example', port: 8080 });
  failed.error = { message: 'refused', timestamp: 3 };
  const socket = httpFlow({}, { status: 101, reason: 'Switching Protocols' });
  socket.messages = messageLog(message(true, 'hi'), message(false, 'there'));
  socket.websocket = { byClient: true, code: 1000, reason: undefined, timestamp: 9 };
  const flows = [post, failed, socket, tcpFlow(messageLog(message(true, '12345678'))), udpFlow(), dnsFlow({}, {})];
  const report = count(flows);
  t.match(report, { flows: 6, errors: 1, types: { http: 3, tcp: 1, udp: 1, dns: 1 }, webSockets: 1, messages: 3 });
  // In the log a message has a head of 16 bytes.
  t.same(report.bytes, { requestBodies: 3, responseBodies: 5, messages: 15, stored: 3 + 5 + 15 + 3 * 16 });
  t.equal(
    shown(report.hosts),
    'example.com 2/15/0, example.com:443 1/0/0, example.com:53 1/0/0, example.com:5432 1/8/0, other.example:8080 1/0/1',
  );
});

t.test('bytes that were stored, of bodies that are not at hand', async (t) => {
  const flow = httpFlow({}, { body: 'hello' });
  flow.source = { format: 'native', bodyBytes: 3 };
  t.match(count([flow]).bytes, { responseBodies: 5, stored: 3 }, 'the capture knows');
  const passed = httpFlow();
  const body = Body.of(passed.request.headers, undefined, 1000, true);
  Object.assign(passed.request, { body });
  t.match(count([passed]).bytes, { requestBodies: 1000, stored: 0 }, 'what was not kept is not stored');
  passed.source = { format: 'native' };
  t.match(count([flow, passed]).bytes, { stored: null }, 'unless it is in a capture that has gone by');
});

t.test('the time from the first beginning to the last end', async (t) => {
  const answered = { status: 200 };
  const flows = [
    timed(httpFlow({}, answered), 20, 25),
    timed(httpFlow({}, answered), 10, 40),
    timed(httpFlow(), 30, undefined),
  ];
  t.same(count(flows).time, { first: 10, last: 40, seconds: 30 });
  t.same(count([timed(httpFlow(), 30, undefined)]).time, { first: 30, last: 30, seconds: 0 });
  t.same(count([timed(httpFlow({}, answered), 30, 20)]).time, { first: 30, last: 30, seconds: 0 }, 'a clock was set');
  t.same(count([timed(httpFlow(), 0, undefined)]).time.first, null, 'not recorded');
});

t.test('connections, each once', async (t) => {
  const one = httpFlow();
  const two = httpFlow();
  Object.assign(two, { client: one.client, server: one.server });
  const failed = httpFlow();
  failed.server.peer = undefined;
  const { connections } = count([one, two, failed]);
  t.same(
    connections,
    { clients: { count: 2, exact: true }, servers: { count: 1, exact: true } },
    'the third never was',
  );
});

t.test('hosts by destination, or by what the client asked for', async (t) => {
  const flows = [
    httpFlow({ scheme: 'https', port: 443, host: '::1' }),
    httpFlow({ host: '10.0.0.1', headers: { Host: 'site.example' } }),
    httpFlow({ host: '10.0.0.1', headers: { Host: 'site.example:81' } }),
    httpFlow({ host: '10.0.0.1', version: 'HTTP/2.0', authority: 'two.example' }),
  ];
  t.equal(shown(count(flows).hosts), '10.0.0.1 3/0/0, [::1] 1/0/0');
  t.equal(shown(count(flows, true).hosts), '[::1] 1/0/0, site.example 1/0/0, site.example:81 1/0/0, two.example 1/0/0');
  const lost = tcpFlow();
  lost.server.address = lost.server.peer = undefined;
  t.equal(shown(count([lost]).hosts), 'unknown 1/0/0');
});

t.test('TLS on either side', async (t) => {
  const both = httpFlow();
  both.client.tls = newTls('client');
  both.server.tls = { ...newTls('server'), version: 'TLSv1.2' };
  const { tls } = count([both, httpFlow()]);
  t.equal(shown(tls.clients), 'TLSv1.3 1/0/0, none 1/0/0');
  t.equal(shown(tls.servers), 'TLSv1.2 1/0/0, none 1/0/0');
});

t.test('one host with several ports and schemes, in turn', async (t) => {
  const flows = [80, 8080, 80, 443, 8080].map((port) => httpFlow({ host: 'a.example', scheme: 'http', port }));
  flows.push(httpFlow({ host: 'a.example', scheme: 'https', port: 443 }));
  t.equal(shown(count(flows).hosts), 'a.example 3/0/0, a.example:8080 2/0/0, a.example:443 1/0/0');
});
