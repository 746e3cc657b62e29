import { Body } from '../../flow/body.js';
import type { WebSocketClose } from '../../flow/flow.js';
import { Headers } from '../../flow/headers.js';
import { HttpRequest } from '../../flow/http-request.js';
import { HttpResponse } from '../../flow/http-response.js';
import { FieldError } from '../field-error.js';
import type { ListedBody } from './body-list.js';
import type { MessagePackDecoder } from './msgpack-decoder.js';

/** Stands where no headers were read; never part of a flow. */
const NO_HEADERS = new Headers();

/** What the metadata says of requests and responses alike. */
class DecodedMessage {
  httpVersion = '';
  headers = NO_HEADERS;
  trailers: Headers | undefined = undefined;
  start = 0;
  end: number | undefined = undefined;
}

/** A request without its body. */
export class DecodedRequest extends DecodedMessage {
  method = '';
  scheme = '';
  host = '';
  port = 0;
  authority = '';
  path = '';
}

/** A response without its body. */
export class DecodedResponse extends DecodedMessage {
  statusCode = Number.NaN;
  reason = '';
}

/** @throws FieldError */
export function decodeRequest(input: MessagePackDecoder): DecodedRequest {
  const decoded = new DecodedRequest();
  for (let left = input.map(); left > 0; left--) {
    const key = input.key();
    switch (key) {
      case 'method':
      case 'scheme':
      case 'host':
      case 'authority':
      case 'path':
        decoded[key] = input.text();
        break;
      case 'port':
        decoded.port = input.number();
        break;
      default:
        decodeShared(input, decoded, key);
    }
  }
  if (decoded.method === '') throw new FieldError('method', 'there');
  return checkHeaders(decoded);
}

/** @throws FieldError */
export function decodeResponse(input: MessagePackDecoder): DecodedResponse {
  const decoded = new DecodedResponse();
  for (let left = input.map(); left > 0; left--) {
    const key = input.key();
    switch (key) {
      case 'status':
        decoded.statusCode = input.number();
        break;
      case 'reason':
        decoded.reason = input.text();
        break;
      default:
        decodeShared(input, decoded, key);
    }
  }
  if (Number.isNaN(decoded.statusCode)) throw new FieldError('status', 'there');
  return checkHeaders(decoded);
}

/** A request with its body. */
export function makeRequest(decoded: DecodedRequest, body: ListedBody | undefined): HttpRequest {
  const { method, scheme, host, port, authority, path, httpVersion, headers } = decoded;
  const content = makeBody(headers, body);
  const parts = { method, scheme, host, port, authority, path, httpVersion, headers, body: content };
  return finish(new HttpRequest(parts), decoded);
}

/** A response with its body. */
export function makeResponse(decoded: DecodedResponse, body: ListedBody | undefined): HttpResponse {
  const { statusCode, reason, httpVersion, headers } = decoded;
  const parts = { statusCode, reason, httpVersion, headers, body: makeBody(headers, body) };
  return finish(new HttpResponse(parts), decoded);
}

/** @throws FieldError */
export function decodeWebSocket(input: MessagePackDecoder): WebSocketClose {
  const close: WebSocketClose = { byClient: undefined, code: undefined, reason: undefined, timestamp: undefined };
  for (let left = input.map(); left > 0; left--) {
    switch (input.key()) {
      case 'byClient':
        close.byClient = input.boolean();
        break;
      case 'code':
        close.code = input.number();
        break;
      case 'reason':
        close.reason = input.text();
        break;
      case 'timestamp':
        close.timestamp = input.number();
        break;
      default:
        input.skip();
    }
  }
  return close;
}

function decodeShared(input: MessagePackDecoder, decoded: DecodedMessage, key: string): void {
  switch (key) {
    case 'httpVersion':
      decoded.httpVersion = input.text();
      break;
    case 'headers':
      decoded.headers = new Headers(input.binary());
      break;
    case 'trailers':
      decoded.trailers = new Headers(input.binary());
      break;
    case 'start':
      decoded.start = input.number();
      break;
    case 'end':
      decoded.end = input.number();
      break;
    default:
      input.skip();
  }
}

function checkHeaders<Decoded extends DecodedMessage>(decoded: Decoded): Decoded {
  if (decoded.headers === NO_HEADERS) throw new FieldError('headers', 'there');
  return decoded;
}

function finish<Message extends HttpRequest | HttpResponse>(message: Message, decoded: DecodedMessage): Message {
  message.trailers = decoded.trailers;
  message.timestampStart = decoded.start;
  message.timestampEnd = decoded.end;
  return message;
}

/** A body that is not listed is empty and complete. */
function makeBody(headers: Headers, listed: ListedBody | undefined): Body {
  if (!listed) return Body.of(headers, undefined, 0, true);
  return Body.of(headers, listed.source, listed.entry.size, listed.entry.complete);
}
