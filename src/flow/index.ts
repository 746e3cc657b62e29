/** What addon authors import from `tsdump`. */
export { Body, BodyMissingError } from './body.js';
export { type Address, ClientConnection, ServerConnection, type TlsFacts } from './connection.js';
export { ContentCodingError } from './content-coding.js';
export type { DnsMessage, DnsQuestion, DnsRecord } from './dns-message.js';
export type { EventMark, EventMarks } from './event-marks.js';
export type { FlowFilter, Phase, Verdict } from './filter.js';
export type { DnsFlow, Flow, FlowError, HttpFlow, TcpFlow, UdpFlow, WebSocketClose } from './flow.js';
export { type Field, Headers } from './headers.js';
export type {
  Addon,
  AuthenticationData,
  ClientHelloData,
  Credentials,
  Hook,
  HookName,
  Hooks,
  HookTable,
  LiveMessage,
  ServerConnectionData,
  TlsData,
} from './hooks.js';
export { HttpRequest, type RequestParts } from './http-request.js';
export { HttpResponse, type ResponseParts } from './http-response.js';
export type { InterimResponse } from './interim-response.js';
export type { Message, MessageLog } from './messagelog.js';
export { flowBegan, flowEnded } from './timing.js';
export { isWebSocket, namesWebSocket } from './websocket-handshake.js';
