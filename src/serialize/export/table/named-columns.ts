import type { Address } from '../../../flow/connection.js';
import { formatAddress } from '../../../flow/connection.js';
import type { Flow, HttpFlow } from '../../../flow/flow.js';
import { fromWire } from '../../../flow/text/wire-text.js';
import { flowBegan, flowEnded } from '../../../flow/timing.js';
import type { Cell } from './column.js';

/** The columns with short names. */
export const NAMED_COLUMNS: Readonly<Record<string, (flow: Flow) => Cell>> = {
  time: (flow) => isoTime(flowBegan(flow)),
  method: http(({ request }) => request.method),
  url: http(({ request }) => fromWire(request.prettyUrl)),
  scheme: http(({ request }) => request.scheme),
  host: (flow) => (flow.type === 'http' ? flow.request.prettyHost : flow.server.address?.[0]),
  port: (flow) => (flow.type === 'http' ? flow.request.port : flow.server.address?.[1]),
  path: http(({ request }) => fromWire(request.path)),
  status: http(({ response }) => response?.statusCode),
  reason: http(({ response }) => response && fromWire(response.reason)),
  version: http(({ request }) => request.httpVersion),
  type: http(({ response }) => response?.headers.get('content-type')?.replace(/;.*$/s, '').trim()),
  size: (flow) =>
    flow.type === 'http' ? flow.response?.body.size : flow.type === 'dns' ? undefined : flow.messages.size,
  request_size: http(({ request }) => request.body.size),
  duration: (flow) => {
    const end = flowEnded(flow);
    return end === undefined ? undefined : Number((end - flowBegan(flow)).toFixed(6));
  },
  messages: (flow) => (flow.type === 'dns' ? undefined : flow.messages?.count),
  client_address: ({ client }) => addressText(client.peer),
  server_address: ({ server }) => addressText(server.peer ?? server.address),
  error_message: ({ error }) => error?.message,
  error_code: ({ error }) => error?.code,
  kind: ({ type }) => type,
  id: ({ id }) => id,
  comment: ({ comment }) => comment,
  marked: ({ marked }) => marked,
};

function http(read: (flow: HttpFlow) => Cell): (flow: Flow) => Cell {
  return (flow) => (flow.type === 'http' ? read(flow) : undefined);
}

function addressText(address: Address | undefined): string | undefined {
  return address && formatAddress(address);
}

/** UTC with microseconds. @param time seconds since the epoch */
function isoTime(time: number): string {
  const micros = Math.round(time * 1e6);
  const whole = Math.floor(micros / 1e6);
  const fraction = String(micros - whole * 1e6).padStart(6, '0');
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}
