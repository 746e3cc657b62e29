import type { HttpRequest } from '../../../flow/http/http-request.js';
import { HttpResponse } from '../../../flow/http/http-response.js';
import { rpcOf } from '../../../flow/rpc/call.js';
import { closestLines, type Miss, missBody, missLine } from './miss.js';

/**
 * Status of the response to a request that must not be forwarded. It is not a registered status, so it differs from statuses of
 * servers.
 */
const OFFLINE_STATUS = 599;

/** The gRPC status UNKNOWN, which clients do not retry. */
const UNKNOWN = 2;
/** Maximum length of the message of a call, as clients limit the size of header fields. */
const LONGEST_MESSAGE = 1500;

/**
 * The response to a miss if the request must not be forwarded: what is missing, as JSON. A call of gRPC or gRPC-Web gets it as the
 * message of its status, because its client shows nothing else.
 */
export function offlineResponse(request: HttpRequest, miss: Miss): HttpResponse {
  const protocol = rpcOf(request)?.protocol;
  if (protocol !== 'grpc' && protocol !== 'grpc-web') return HttpResponse.json(missBody(miss), OFFLINE_STATUS);
  const text = [missLine(miss), ...closestLines(miss)].join('\n').slice(0, LONGEST_MESSAGE);
  return HttpResponse.make(200, '', {
    'Content-Type': request.headers.get('content-type')!,
    'Grpc-Status': String(UNKNOWN),
    'Grpc-Message': percentEncoded(text),
  });
}

/** Encodes all but printable ASCII ("gRPC over HTTP2", Status-Message). */
function percentEncoded(text: string): string {
  const encoded = [...Buffer.from(text)].map((byte) => {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    return isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return encoded.join('');
}
