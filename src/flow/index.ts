/** The public API for addons: the exports of the package `tsdump`. */
export { Body, BodyMissingError, BodyPendingError } from './body/body.js';
export { ContentCodingError } from './body/content-coding.js';
export type { EventMark, EventMarks } from './body/event-marks.js';
export {
  BodyTransformError,
  type BodyTransformer,
  type TransformOptions,
  type TransformPiece,
  TransformTooLateError,
} from './body/transform.js';
export { type Address, ClientConnection, ServerConnection, type TlsSession, type Via } from './connection.js';
export type { DnsMessage, DnsQuestion, DnsRecord } from './dns-message.js';
export { ERROR_CODES, type ErrorCode } from './error-codes.js';
export type { FlowFilter, Phase, Verdict } from './filter.js';
export {
  type DnsFlow,
  type Flow,
  type FlowError,
  FlowNotLiveError,
  type HttpFlow,
  type Injection,
  type MessageChannel,
  ReplayError,
  type TcpFlow,
  type UdpFlow,
  type WebSocketClose,
} from './flow.js';
export type {
  AuthenticationData,
  ClientHelloData,
  Credentials,
  Hook,
  HookName,
  Hooks,
  HookTable,
  ServerConnectionData,
  ServerSentEvent,
  TlsData,
  TlsStartClientData,
  TlsStartServerData,
} from './hooks/hooks.js';
export type {
  AddonOption,
  AddonOptionType,
  AddonOptionValue,
  AddonOptionValues,
  AddonScalarType,
  LoadContext,
  ScriptAddon as Addon,
} from './hooks/load-context.js';
export { type Field, Headers } from './http/headers.js';
export { HttpRequest, type RequestParts } from './http/http-request.js';
export { HttpResponse, type ResponseParts } from './http/http-response.js';
export type { InterimResponse } from './http/interim-response.js';
export { isWebSocket, namesWebSocket } from './http/websocket-handshake.js';
export type { Log } from './log.js';
export type { Form } from './message/form.js';
export type { Multipart, PartOptions } from './message/multipart.js';
export type { MultipartPart } from './message/multipart-part.js';
export type { PairChange, Pairs, PairsInit } from './message/pairs.js';
export type { PathSegments } from './message/path-segments.js';
export type { Query } from './message/query.js';
export type { RequestCookies } from './message/request-cookies.js';
export type { ResponseCookies } from './message/response-cookies.js';
export type { CookieAttributes, SetCookie } from './message/set-cookie.js';
export { LiveMessage } from './message-log/live-message.js';
export type { Message, MessageLog } from './message-log/message-log.js';
export { isGrpc } from './rpc/call.js';
export { grpcStatus } from './rpc/status.js';
export { GRPC_STATUS_NAMES } from './rpc/status-codes.js';
export { flowBegan, flowEnded } from './timing.js';
