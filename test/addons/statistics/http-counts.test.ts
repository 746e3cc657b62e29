import t from 'tap';
import { HttpCounts } from '../../../src/addons/statistics/http-counts.js';
import type { HttpReport } from '../../../src/addons/statistics/report.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { httpFlow, messageLog, type Sample, type SampleResponse } from '../../terminal/sample-flows.js';

function count(flows: readonly HttpFlow[], showHost = false): HttpReport {
  const counts = new HttpCounts(showHost);
  for (const flow of flows) counts.add(flow, flow.request.body.size + (flow.response?.body.size ?? 0));
  return counts.report();
}

/** A flow that began at 100 and took so many seconds to the first byte and to the end. */
function took(
  firstByte: number,
  total: number | undefined,
  request: Sample = {},
  response: SampleResponse = {},
): HttpFlow {
  const flow = httpFlow(request, response);
  flow.request.timestampStart = 100;
  flow.response!.timestampStart = 100 + firstByte;
  flow.response!.timestampEnd = total === undefined ? undefined : 100 + total;
  return flow;
}

const names = ({ names }: HttpReport['methods']): string =>
  names.map(({ name, count, bytes }) => `${name} ${count}/${bytes}`).join(', ');

t.test('methods, versions, statuses, content types', async (t) => {
  const typed = (type: string, body = '') => httpFlow({}, { headers: { 'Content-Type': type }, body });
  const report = count([
    httpFlow({ method: 'POST', body: 'abc' }, { status: 201, body: 'x' }),
    httpFlow({ version: 'HTTP/2.0' }, { status: 404, version: 'HTTP/2.0' }),
    httpFlow({}, { status: 999 }),
    httpFlow({}, { status: 101 }),
    httpFlow(),
    typed('text/HTML; charset=utf-8', '12345'),
    typed('text/html', '1'),
    typed('nonsense'),
  ]);
  t.equal(names(report.methods), 'GET 7/6, POST 1/4');
  t.equal(names(report.versions), 'HTTP/1.1 7/10, HTTP/2.0 1/0');
  t.equal(names(report.statuses), '200 3/6, 101 1/0, 201 1/1, 404 1/0, 999 1/0', 'with the bytes of their bodies');
  t.same(report.statusClasses, { '1xx': 1, '2xx': 4, '3xx': 0, '4xx': 1, '5xx': 0, other: 1, none: 1 });
  t.equal(names(report.contentTypes), 'none 5/1, text/html 2/6', 'of responses');
});

t.test('statuses of calls', async (t) => {
  const call = { method: 'POST', headers: { 'content-type': 'application/grpc' } };
  const report = count([
    httpFlow(call, { headers: { 'grpc-status': '0' } }),
    httpFlow(call, { headers: { 'grpc-status': '5' } }),
    httpFlow(call, { headers: { 'grpc-status': '5' } }),
    httpFlow(call, { headers: { 'grpc-status': '99' } }),
    httpFlow(call, {}),
    httpFlow({}, { headers: { 'grpc-status': '5' } }),
  ]);
  t.equal(names(report.grpcStatuses), 'NOT_FOUND 2/0, 99 1/0, OK 1/0, none 1/0');
});

t.test('latencies', async (t) => {
  const failed = httpFlow();
  failed.request.timestampStart = 100;
  failed.error = { message: 'timeout', timestamp: 130 };
  const upgraded = took(1, 1, {}, { status: 101 });
  upgraded.messages = messageLog();
  const untimed = httpFlow({}, {});
  untimed.timestampCreated = 0;
  const { latency } = count([took(1, 4), took(2, 5), took(3, undefined), failed, upgraded, untimed]);
  t.match(latency.firstByte, { count: 4, p50: 1, p90: 3, p99: 3, max: 3, relativeError: 0 });
  t.match(
    latency.total,
    { count: 3, p50: 5, p90: 30, max: 30 },
    'with the one that failed, without the one that went on',
  );
  t.match(count([took(-1, -2)]).latency, { firstByte: { max: 0 }, total: { max: 0 } }, 'a clock was set');
});

t.test('the slowest and the largest', async (t) => {
  const flows = Array.from({ length: 30 }, (_, at) =>
    took(0, (at * 7) % 30, { path: `/${at}` }, { body: 'x'.repeat((at * 11) % 30) }),
  );
  const { slowest, largest } = count(flows);
  t.same(
    slowest.map(({ seconds }) => seconds),
    [29, 28, 27, 26, 25, 24, 23, 22, 21, 20],
  );
  t.same(
    largest.map(({ bytes }) => bytes),
    [29, 28, 27, 26, 25, 24, 23, 22, 21, 20],
  );
  const slow = flows.find(({ id }) => id === slowest[0]!.id)!;
  t.same(slowest[0], {
    id: slow.id,
    method: 'GET',
    url: `http://example.com${slow.request.path}`,
    status: 200,
    error: null,
    began: 100,
    seconds: 29,
    bytes: slow.response!.body.size,
  });
});

t.test('of a request that failed, and of what strangers send', async (t) => {
  const failed = httpFlow({ host: '10.0.0.1', headers: { Host: 'site.example' }, path: `/\x1b${'x'.repeat(10_000)}` });
  failed.request.timestampStart = 100;
  failed.error = { message: `no\nroute ${'y'.repeat(10_000)}`, timestamp: 101 };
  const [facts] = count([failed], true).slowest;
  t.match(facts, {
    status: null,
    seconds: 1,
    bytes: 0,
    error: /^no\.route y+…$/,
    url: /^http:\/\/site\.example\/\.x+…$/,
  });
  t.ok(facts!.url.length < 5000 && facts!.error!.length < 5000);
});
