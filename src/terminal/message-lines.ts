import { formatAddress, type ServerConnection } from '../flow/connection.js';
import type { HttpFlow, TcpFlow, UdpFlow, WebSocketClose } from '../flow/flow.js';
import { isWebSocket } from '../flow/http/websocket-handshake.js';
import type { Message } from '../flow/message-log/message-log.js';
import { readableHost } from '../flow/text/host-name.js';
import { clientName } from './http-lines.js';
import { safeText, safeWireText } from './safe-text.js';
import { formatSize } from './size.js';
import type { Styles } from './styles.js';

/** A flow that has messages. */
export type MessageFlow = HttpFlow | TcpFlow | UdpFlow;

/** `CLIENT -> tcp -> SERVER`, `CLIENT <- WebSocket text message <- SERVER/path`, … */
export function messageLine(flow: MessageFlow, message: Message): string {
  const arrow = message.fromClient ? '->' : '<-';
  const kind = messageKind(flow, message);
  const path = flow.type === 'http' && kind !== 'tcp' ? safeWireText(flow.request.path) : '';
  return `${clientName(flow)} ${arrow} ${kind} ${arrow} ${serverName(flow.server)}${path}\n`;
}

/** `CLIENT <- event <- SERVER/path`: an event of an event stream. */
export function eventLine(flow: HttpFlow): string {
  const path = safeWireText(flow.request.path);
  return `${clientName(flow)} <- event <- ${serverName(flow.server)}${path}\n`;
}

/** Describes the end of a flow with messages; empty after a normal end without a close code. */
export function messagesEndLine(flow: MessageFlow, styles: Styles): string {
  const close = flow.type === 'http' ? flow.websocket : undefined;
  const isBroken = flow.error !== undefined && close?.code === ABNORMAL;
  if (close?.code !== undefined && !isBroken) return closeLine(close, flow.server, styles);
  const ignored = flow.metadata.ignored === true ? ignoredLine(flow) : '';
  if (!flow.error) return ignored;
  const protocol = flow.type !== 'http' ? flow.type.toUpperCase() : isWebSocket(flow) ? 'WebSocket' : 'TCP';
  return ignored + errorLine(protocol, flow.server, flow.error.message, styles);
}

/** `CLIENT <-> ignored <-> SERVER example.com, 1.2k up, 30k down`, for a connection that was passed through. */
function ignoredLine({ client, server, metadata }: MessageFlow): string {
  const { host, bytes_from_client: up, bytes_from_server: down } = metadata;
  const name = typeof host === 'string' && host !== server.address?.[0] ? ` ${safeText(readableHost(host))}` : '';
  const size = (bytes: unknown): string => formatSize(typeof bytes === 'number' ? bytes : 0);
  const peers = `${formatAddress(client.peer)} <-> ignored <-> ${serverName(server)}${name}`;
  return `${peers}, ${size(up)} up, ${size(down)} down\n`;
}

/** WebSocket opcodes (RFC 6455 section 11.8). Messages of an unknown upgraded protocol have opcode 0. */
const OPCODES: Readonly<Record<number, string>> = { 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };

function messageKind(flow: MessageFlow, message: Message): string {
  if (flow.type !== 'http') return flow.type;
  if (!flow.websocket && message.opcode === 0) return 'tcp';
  return `WebSocket ${OPCODES[message.opcode] ?? `opcode ${message.opcode}`} message`;
}

function serverName(server: ServerConnection): string {
  return safeText(formatAddress(server.address ?? server.peer));
}

/** Close codes of a normal end: normal closure, going away, no code. */
const NORMAL: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** No close frame was received; the error of the flow has the details. */
const ABNORMAL = 1006;

/** WebSocket close codes (RFC 6455 section 7.4.1 and the IANA registry). */
const CLOSE_CODES: Readonly<Record<number, string>> = {
  1002: 'PROTOCOL_ERROR',
  1003: 'UNSUPPORTED_DATA',
  1006: 'ABNORMAL_CLOSURE',
  1007: 'INVALID_FRAME_PAYLOAD_DATA',
  1008: 'POLICY_VIOLATION',
  1009: 'MESSAGE_TOO_BIG',
  1010: 'MANDATORY_EXT',
  1011: 'INTERNAL_ERROR',
  1012: 'SERVICE_RESTART',
  1013: 'TRY_AGAIN_LATER',
  1014: 'BAD_GATEWAY',
  1015: 'TLS_HANDSHAKE_FAILED',
};

function closeLine(close: WebSocketClose, server: ServerConnection, styles: Styles): string {
  const code = close.code!;
  const reason = safeText(close.reason ?? '');
  if (NORMAL.has(code)) {
    const side = close.byClient ? 'client' : 'server';
    return `WebSocket connection closed by ${side}: ${code}${reason === '' ? '' : ` ${reason}`}\n`;
  }
  const name = CLOSE_CODES[code] ?? `UNKNOWN_ERROR=${code}`;
  const because = reason === '' ? '' : ` (reason: ${reason})`;
  return errorLine('WebSocket', server, `WebSocket Error: ${name}${because}`, styles);
}

function errorLine(protocol: string, server: ServerConnection, message: string, styles: Styles): string {
  return `${styles.error(`Error in ${protocol} connection to ${serverName(server)}: ${safeText(message)}`)}\n`;
}
