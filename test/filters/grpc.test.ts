import t from 'tap';
import { compileFilter, FilterError } from '../../src/filters/index.js';
import { Headers, type Phase } from '../../src/flow/index.js';
import { httpFlow } from '../terminal/sample-flows.js';

const CALL = { method: 'POST', version: 'HTTP/2.0', headers: { 'content-type': 'application/grpc+proto' } };

/** A call that has ended with this status, in its trailers or its headers. */
function call(status: string | undefined, inTrailers = true) {
  const flow = httpFlow(CALL, { version: 'HTTP/2.0', headers: inTrailers || !status ? {} : { 'grpc-status': status } });
  if (inTrailers && status) flow.response!.trailers = Headers.from({ 'grpc-status': status });
  return flow;
}

t.test('~grpc by status, in each phase', async (t) => {
  const table: [expression: string, flow: ReturnType<typeof call>, phase: Phase, verdict: string][] = [
    ['~grpc', httpFlow(CALL), 'requestHeaders', 'yes'],
    ['~grpc', httpFlow(), 'end', 'no'],
    ['~grpc', httpFlow({ headers: { 'content-type': 'application/grpcx' } }), 'end', 'no'],
    ['~grpc', httpFlow({ headers: { 'content-type': 'application/grpc-web+proto' } }), 'end', 'yes'],
    ['~grpc 5', httpFlow(CALL), 'request', 'later'],
    ['~grpc 5', call(undefined), 'responseHeaders', 'later'],
    ['~grpc 5', call('5', false), 'responseHeaders', 'yes'],
    ['~grpc 5', call('5'), 'end', 'yes'],
    ['~grpc NOT_FOUND', call('5'), 'end', 'yes'],
    ['~grpc OK', call('5'), 'end', 'no'],
    ['~grpc 5', call(undefined), 'end', 'no'],
    ['~grpc 5', call('five'), 'end', 'no'],
    ['~grpc 5', httpFlow({}, { headers: { 'grpc-status': '5' } }), 'end', 'no'],
    ['~grpc & ~c 200', call('0'), 'end', 'yes'],
    ['~grpc&~c 404', call('0'), 'end', 'no'],
    ['(~grpc 0)', call('0'), 'end', 'yes'],
    ['!~grpc 0 & ~http', call('5'), 'end', 'yes'],
    // Other words are a regex, as behind any operator without an argument.
    ['~grpc example', call('5'), 'end', 'yes'],
    ['~grpc OKAY', call('0'), 'end', 'no'],
    ['~grpc 99', call('0'), 'end', 'no'],
  ];
  for (const [expression, flow, phase, verdict] of table) {
    t.equal(compileFilter(expression).evaluate(flow, phase), verdict, `${expression}, ${phase}`);
  }
  t.throws(() => compileFilter('~grpcx'), FilterError);
});
