import { type Flow, isWebSocket, namesWebSocket } from '../../flow/index.js';
import { absentResponse } from '../subjects/exchange.js';
import { type Certainty, decided, NO, type Stage, YES } from '../verdict.js';
import { GRPC_OPERATOR } from './grpc.js';
import { flag } from './operator.js';

/** Operators for the type of a flow. */
export const KIND_OPERATORS = [
  flag('all', 'kind', 'any flow', () => YES),
  flag('http', 'kind', 'HTTP, including WebSocket', (flow) => decided(flow.type === 'http')),
  flag('http1', 'kind', 'HTTP/1.0 or HTTP/1.1', (flow) => hasVersion(flow, 'HTTP/1')),
  flag('http2', 'kind', 'HTTP/2', (flow) => hasVersion(flow, 'HTTP/2')),
  flag('http3', 'kind', 'HTTP/3', (flow) => hasVersion(flow, 'HTTP/3')),
  GRPC_OPERATOR,
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
