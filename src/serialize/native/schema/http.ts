import type { WebSocketClose } from '../../../flow/flow.js';
import { Headers } from '../../../flow/http/headers.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import type { InterimResponse } from '../../../flow/http/interim-response.js';
import type { UnreadText } from '../../../flow/text/unread-text.js';
import { FieldError } from '../../shared/field-error.js';
import { BOOLEAN, HEADERS, INT, LONG_TEXT, TEXT, TIME } from './codecs.js';
import { FieldsOf, MapSchema } from './map-schema.js';

/** The headers until they are read; never part of a flow. */
const NO_HEADERS = new Headers();

/** The metadata common to requests and responses. */
export class DecodedMessage {
  httpVersion = '';
  headers = NO_HEADERS;
  trailers: Headers | undefined = undefined;
  start = 0;
  end: number | undefined = undefined;
}

/** A request without its body. */
export class DecodedRequest extends DecodedMessage {
  /** Undefined until it is read: mitmproxy's files have flows with an empty one. */
  method: string | undefined = undefined;
  scheme = '';
  host = '';
  port = 0;
  authority = '';
  protocol: string | undefined = undefined;
  path: string | UnreadText = '';
}

/** A response without its body. */
export class DecodedResponse extends DecodedMessage {
  status = Number.NaN;
  reason = '';
}

class DecodedInterim {
  status = Number.NaN;
  reason = '';
  headers = NO_HEADERS;
  timestamp = 0;
}

const message = new FieldsOf<HttpRequest | HttpResponse, DecodedMessage>();
const request = new FieldsOf<HttpRequest, DecodedRequest>();
const response = new FieldsOf<HttpResponse, DecodedResponse>();
const interim = new FieldsOf<InterimResponse, DecodedInterim>();
const close = new FieldsOf<WebSocketClose, WebSocketClose>();

const MESSAGE = [
  message.required('httpVersion', TEXT, '`HTTP/1.1`, `HTTP/2.0`', ({ httpVersion }) => httpVersion),
  message.required('headers', HEADERS, 'the header block', ({ headers }) => headers),
  message.optional('trailers', HEADERS, 'the trailer section, in the same form', ({ trailers }) => trailers),
  message.required('start', TIME, 'of the first byte', ({ timestampStart }) => timestampStart),
  message.optional('end', TIME, 'of the last byte; absent if it never arrived', ({ timestampEnd }) => timestampEnd),
];

export const REQUEST = new MapSchema<HttpRequest, DecodedRequest>(
  [
    request.required('method', TEXT, '', ({ method }) => method),
    request.required('scheme', TEXT, '`http` or `https`; empty for CONNECT', ({ scheme }) => scheme),
    request.required('host', TEXT, 'the destination', ({ host }) => host),
    request.required('port', INT, '', ({ port }) => port),
    request.optional(
      'authority',
      TEXT,
      'if the request had its own: CONNECT, absolute form, HTTP/2',
      ({ authority }) => authority || undefined,
    ),
    request.optional('protocol', TEXT, '`:protocol` of an extended CONNECT (RFC 8441)', ({ protocol }) => protocol),
    request.required(
      'path',
      LONG_TEXT,
      'path and query as sent; `*` for a server-wide OPTIONS; empty for CONNECT',
      ({ path }) => path,
    ),
    ...MESSAGE,
  ],
  () => new DecodedRequest(),
  (decoded) => {
    if (decoded.method === undefined) throw new FieldError('method', 'present');
    return checkHeaders(decoded);
  },
);

export const RESPONSE = new MapSchema<HttpResponse, DecodedResponse>(
  [
    response.required('status', INT, '', ({ statusCode }) => statusCode),
    response.optional('reason', TEXT, '', ({ reason }) => reason || undefined),
    ...MESSAGE,
  ],
  () => new DecodedResponse(),
  (decoded) => {
    if (Number.isNaN(decoded.status)) throw new FieldError('status', 'present');
    return checkHeaders(decoded);
  },
);

export const INTERIM = new MapSchema<InterimResponse, DecodedInterim, InterimResponse>(
  [
    interim.required('status', INT, '', ({ statusCode }) => statusCode),
    interim.optional('reason', TEXT, '', ({ reason }) => reason || undefined),
    interim.required('headers', HEADERS, 'the header block', ({ headers }) => headers),
    interim.required('timestamp', TIME, 'when it arrived', ({ timestamp }) => timestamp),
  ],
  () => new DecodedInterim(),
  (decoded): InterimResponse => {
    const { status, reason, headers, timestamp } = decoded;
    if (Number.isNaN(status)) throw new FieldError('status', 'present');
    checkHeaders(decoded);
    return { statusCode: status, reason, headers, timestamp };
  },
);

export const WEBSOCKET = new MapSchema<WebSocketClose, WebSocketClose>(
  [
    close.optional('byClient', BOOLEAN, 'whether the client closed it', ({ byClient }) => byClient),
    close.optional('code', INT, 'of the close frame (RFC 6455 section 7.4)', ({ code }) => code),
    close.optional('reason', TEXT, 'of the close frame', ({ reason }) => reason),
    close.optional('timestamp', TIME, 'when it was closed', ({ timestamp }) => timestamp),
  ],
  (): WebSocketClose => ({ byClient: undefined, code: undefined, reason: undefined, timestamp: undefined }),
);

function checkHeaders<Decoded extends { headers: Headers }>(decoded: Decoded): Decoded {
  if (decoded.headers === NO_HEADERS) throw new FieldError('headers', 'present');
  return decoded;
}
