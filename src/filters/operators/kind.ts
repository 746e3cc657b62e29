import { type Flow, GRPC_STATUS_NAMES, grpcStatus, isGrpc, isWebSocket, namesWebSocket } from '../../flow/index.js';
import { mayHaveStatus } from '../../flow/rpc/status.js';
import type { ExpressionCursor } from '../cursor.js';
import { absentResponse } from '../subjects/exchange.js';
import { type Certainty, decided, END, LATER, NO, type Predicate, type Stage, YES } from '../verdict.js';
import { flag, LOOKED_UP, type Operator } from './operator.js';

/** Operators for the type of a flow. */
export const KIND_OPERATORS: Operator[] = [
  flag('all', 'kind', 'any flow', () => YES),
  flag('http', 'kind', 'HTTP, including WebSocket', (flow) => decided(flow.type === 'http')),
  flag('http1', 'kind', 'HTTP/1.0 or HTTP/1.1', (flow) => hasVersion(flow, 'HTTP/1')),
  flag('http2', 'kind', 'HTTP/2', (flow) => hasVersion(flow, 'HTTP/2')),
  flag('http3', 'kind', 'HTTP/3', (flow) => hasVersion(flow, 'HTTP/3')),
  {
    name: 'grpc',
    group: 'kind',
    help: 'gRPC; ~grpc 5 or ~grpc NOT_FOUND with this status',
    cost: LOOKED_UP,
    compile(cursor) {
      const status = readGrpcStatus(cursor);
      return status === undefined ? isGrpcCall : hasGrpcStatus(status);
    },
  },
  flag('websocket', 'kind', 'HTTP upgraded to WebSocket', becameWebSocket),
  flag('tcp', 'kind', 'TCP other than HTTP', (flow) => decided(flow.type === 'tcp')),
  flag('udp', 'kind', 'UDP other than DNS', (flow) => decided(flow.type === 'udp')),
  flag('dns', 'kind', 'DNS', (flow) => decided(flow.type === 'dns')),
  flag('tls', 'kind', 'TLS to the client or to the server', (flow) => decided(isTls(flow))),
];

function hasVersion(flow: Flow, prefix: string): Certainty {
  return decided(flow.type === 'http' && flow.request.httpVersion.startsWith(prefix));
}

/** The handshake decides, as the messages may be in a protocol that tsdump does not parse. */
function becameWebSocket(flow: Flow, stage: Stage): Certainty {
  if (flow.type !== 'http') return NO;
  if (flow.websocket || flow.response) return decided(isWebSocket(flow));
  return namesWebSocket(flow.request.headers) ? absentResponse(stage) : NO;
}

function isTls(flow: Flow): boolean {
  if (flow.client.tls || flow.server.tls) return true;
  return flow.type === 'http' && (flow.request.scheme === 'https' || flow.request.scheme === 'wss');
}

/** A number or a name after the operator. Any other word is the next part of the expression. */
const GRPC_STATUS = /[ \t\r\n]+(?:\d{1,2}|[A-Z_]+)(?=[ \t\r\n)&|]|$)/y;

function readGrpcStatus(cursor: ExpressionCursor): number | undefined {
  const start = cursor.at;
  const word = cursor.match(GRPC_STATUS)?.trim();
  if (word === undefined) return undefined;
  const status = /^\d/.test(word) ? Number(word) : GRPC_STATUS_NAMES.indexOf(word);
  if (status in GRPC_STATUS_NAMES) return status;
  cursor.at = start;
  return undefined;
}

const isGrpcCall: Predicate = (flow) => decided(flow.type === 'http' && isGrpc(flow.request));

function hasGrpcStatus(status: number): Predicate {
  return (flow, stage) => {
    if (flow.type !== 'http' || !isGrpc(flow.request)) return NO;
    if (!flow.response) return absentResponse(stage);
    const found = grpcStatus(flow);
    // Trailers come last; a status in a body on disk is found when the flow is read.
    if (found === undefined) return stage < END || mayHaveStatus(flow) ? LATER : NO;
    return found === status ? YES : NO;
  };
}
