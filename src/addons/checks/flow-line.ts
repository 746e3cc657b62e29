import { formatAddress } from '../../flow/connection.js';
import type { Flow, HttpFlow } from '../../flow/flow.js';
import { grpcStatus } from '../../flow/rpc/status.js';
import { GRPC_STATUS_NAMES } from '../../flow/rpc/status-codes.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';
import { safeText, safeUrl, safeWireText } from '../../terminal/safe-text.js';
import { formatDuration } from '../statistics/table.js';

const LONGEST_URL = 300;

/** One line that names a flow: `GET https://example.com/ -> 500, 12.3 ms, 2026-03-01T10:00:00.120Z, ID`. */
export function flowLine(flow: Flow, showHost: boolean): string {
  const ended = flowEnded(flow);
  const parts = [`${subject(flow, showHost)}${outcome(flow)}`];
  // The clock may have been set back.
  if (ended !== undefined) parts.push(formatDuration(Math.max(0, ended - flowBegan(flow))));
  parts.push(isoTime(flowBegan(flow)), flow.id);
  return safeText(parts.join(', '));
}

function subject(flow: Flow, showHost: boolean): string {
  switch (flow.type) {
    case 'http':
      return `${safeWireText(flow.request.method)} ${url(flow, showHost)}`;
    case 'dns':
      return `DNS ${flow.request.questions[0]?.name ?? ''}`;
    default:
      return `${flow.type.toUpperCase()} ${formatAddress(flow.server.address ?? flow.server.peer)}`;
  }
}

function url({ request }: HttpFlow, showHost: boolean): string {
  const text = safeUrl(request, showHost);
  return text.length > LONGEST_URL ? `${text.slice(0, LONGEST_URL)}…` : text;
}

function outcome(flow: Flow): string {
  if (flow.error) return ` -> error: ${flow.error.message}`;
  if (flow.type !== 'http' || !flow.response) return '';
  const status = grpcStatus(flow);
  const call = status === undefined ? '' : ` grpc ${status} ${GRPC_STATUS_NAMES[status] ?? ''}`.trimEnd();
  return ` -> ${flow.response.statusCode}${call}`;
}

/** A capture of another program may hold a time that is out of the range of `Date`. */
function isoTime(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? 'at an unknown time' : time.toISOString();
}
