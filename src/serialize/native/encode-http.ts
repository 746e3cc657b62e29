import type { WebSocketClose } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http-request.js';
import type { HttpResponse } from '../../flow/http-response.js';
import type { MessagePackEncoder } from './msgpack-encoder.js';

/** Writes a request without its body as `request`. */
export function encodeRequest(out: MessagePackEncoder, request: HttpRequest): void {
  out.beginMapAt('request');
  out.text('method', request.method);
  out.text('scheme', request.scheme);
  out.text('host', request.host);
  out.number('port', request.port);
  if (request.authority) out.text('authority', request.authority);
  out.text('path', request.path);
  encodeMessage(out, request);
  out.endMap();
}

/** Writes a response without its body as `response`. */
export function encodeResponse(out: MessagePackEncoder, response: HttpResponse): void {
  out.beginMapAt('response');
  out.number('status', response.statusCode);
  if (response.reason) out.text('reason', response.reason);
  encodeMessage(out, response);
  out.endMap();
}

/** Writes how a WebSocket was closed as `websocket`. */
export function encodeWebSocket(out: MessagePackEncoder, close: WebSocketClose): void {
  out.beginMapAt('websocket');
  if (close.byClient !== undefined) out.boolean('byClient', close.byClient);
  out.optionalNumber('code', close.code);
  out.optionalText('reason', close.reason);
  out.optionalNumber('timestamp', close.timestamp);
  out.endMap();
}

function encodeMessage(out: MessagePackEncoder, message: HttpRequest | HttpResponse): void {
  out.text('httpVersion', message.httpVersion);
  out.binary('headers', message.headers.bytes);
  if (message.trailers) out.binary('trailers', message.trailers.bytes);
  out.number('start', message.timestampStart);
  out.optionalNumber('end', message.timestampEnd);
}
