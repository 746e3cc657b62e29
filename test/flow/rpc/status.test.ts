import { gzipSync } from 'node:zlib';
import t from 'tap';
import { compileFilter } from '../../../src/filters/index.js';
import { grpcStatus, Headers } from '../../../src/flow/index.js';
import { rpcOfType } from '../../../src/flow/rpc/call.js';
import { findStatus } from '../../../src/flow/rpc/status.js';
import { StatusScanner } from '../../../src/flow/rpc/status-scanner.js';
import { frame } from '../../protobuf/wire-bytes.js';
import { bodyFrom, httpFlow, type SampleResponse } from '../../terminal/sample-flows.js';

const WEB = 'application/grpc-web+proto';
const CONNECT = 'application/connect+proto';
const trailers = (status: string, flags = 0x80) => frame(`grpc-message: x\r\ngrpc-status: ${status}\r\n`, flags);
const end = (json: string) => frame(json, 0x02);
const base64 = (...parts: Buffer[]) => parts.map((part) => part.toString('base64')).join('');
const error = (code: string) => JSON.stringify({ code, message: 'm' });

interface Row {
  type: string | undefined;
  response: SampleResponse & { trailer?: string };
  status: number | undefined;
  path?: string;
  method?: string;
  extra?: Record<string, string>;
}

const typed = (type: string, body: Buffer | string, more: Record<string, string> = {}): SampleResponse => ({
  headers: { 'content-type': type, ...more },
  body,
});

const ROWS: Row[] = [
  { type: 'application/grpc', response: { trailer: '5' }, status: 5 },
  { type: 'application/grpc', response: { headers: { 'grpc-status': '7' } }, status: 7 },
  { type: 'application/grpc', response: {}, status: undefined },
  { type: 'application/grpc', response: typed('application/grpc', trailers('5')), status: undefined },
  { type: 'text/plain', response: { trailer: '5' }, status: undefined },
  { type: WEB, response: typed(WEB, trailers('0')), status: 0 },
  { type: WEB, response: typed(WEB, Buffer.concat([frame('abc'), trailers('13')])), status: 13 },
  { type: WEB, response: { headers: { 'content-type': WEB, 'grpc-status': '3' } }, status: 3 },
  { type: WEB, response: typed(WEB, frame('abc')), status: undefined },
  { type: WEB, response: typed(WEB, trailers('5').subarray(0, -4)), status: undefined },
  {
    type: WEB,
    response: typed(WEB, frame(gzipSync('grpc-status:8\r\n'), 0x81), { 'grpc-encoding': 'gzip' }),
    status: 8,
  },
  { type: WEB, response: typed(WEB, gzipSync(trailers('9')), { 'content-encoding': 'gzip' }), status: 9 },
  { type: WEB, response: typed(WEB, 'Grpc-Status: 5'), status: undefined },
  {
    type: 'application/grpc-web-text',
    response: typed('application/grpc-web-text+proto', base64(frame('ab'), frame('abc'), trailers('16'))),
    status: 16,
  },
  { type: CONNECT, response: typed(CONNECT, Buffer.concat([frame('abc'), end('{}')])), status: 0 },
  { type: CONNECT, response: typed(CONNECT, end(`{"error":${error('not_found')}}`)), status: 5 },
  { type: CONNECT, response: typed(CONNECT, end('{"metadata":{},"error":{"code":"canceled"}}')), status: 1 },
  { type: CONNECT, response: typed(CONNECT, end('[broken')), status: undefined },
  { type: CONNECT, response: { status: 404, ...typed('application/json', error('unimplemented')) }, status: 12 },
  { type: 'application/proto', response: typed('application/proto', 'abc'), status: 0 },
  {
    type: 'application/proto',
    response: { status: 400, ...typed('application/json', error('out_of_range')) },
    status: 11,
  },
  { type: 'application/proto', response: { status: 503, ...typed('text/html', 'down') }, status: 14 },
  { type: 'application/proto', response: { status: 500, ...typed('application/json', '{"code":"nope"}') }, status: 2 },
  {
    type: 'application/json',
    response: { status: 400, ...typed('application/json', error('internal')) },
    status: undefined,
  },
  {
    type: 'application/json; charset=utf-8',
    extra: { 'connect-protocol-version': '1' },
    response: { status: 400, ...typed('application/json', error('internal')) },
    status: 13,
  },
  {
    type: undefined,
    method: 'GET',
    path: '/shop.Orders/Get?connect=v1&encoding=proto&message=',
    response: { status: 404, ...typed('application/json', error('not_found')) },
    status: 5,
  },
];

function flowOf({ type, response, path = '/shop.Orders/Get', method = 'POST', extra = {} }: Row) {
  const headers = type === undefined ? extra : { 'content-type': type, ...extra };
  const flow = httpFlow({ method, path, headers }, response);
  if (response.trailer) flow.response!.trailers = Headers.from({ 'grpc-status': response.trailer });
  return flow;
}

t.test('the status of each protocol', async (t) => {
  for (const row of ROWS) {
    const what = JSON.stringify({ ...row, response: { ...row.response, body: String(row.response.body) } });
    t.equal(grpcStatus(flowOf(row)), row.status, what);
    if (row.status === undefined) continue;
    t.equal(compileFilter(`~grpc ${row.status}`).evaluate(flowOf(row), 'end'), 'yes', what);
  }
});

t.test('a body that is not in memory', async (t) => {
  const body = Buffer.concat([frame(Buffer.alloc(100_000)), trailers('5')]);
  const flow = flowOf({ type: WEB, response: typed(WEB, ''), status: 5 });
  const { response } = flow;
  const source = bodyFrom(response!.headers, body.length, async function* () {
    for (let at = 0; at < body.length; at += 1000) yield body.subarray(at, at + 1000);
  });
  Object.assign(response!, { body: source });
  t.equal(grpcStatus(flow), undefined);
  await findStatus(flow);
  t.equal(grpcStatus(flow), 5);
  t.equal(findStatus(flowOf({ type: 'text/html', response: typed('text/html', 'x'), status: undefined })), undefined);
});

t.test('a status that arrives byte by byte', async (t) => {
  for (const [type, body] of [
    [WEB, Buffer.concat([frame('abc'), trailers('5')])],
    ['application/grpc-web-text', Buffer.from(base64(frame('abcd'), trailers('5')))],
    [CONNECT, Buffer.concat([frame('abc'), end(`{"error":${error('not_found')}}`)])],
  ] as const) {
    const scanner = new StatusScanner(rpcOfType(type)!, Headers.from({ 'content-type': type }));
    for (let at = 0; at < body.length; at++) scanner.push(body.subarray(at, at + 1));
    t.equal(scanner.end(), 5, type);
  }
});
