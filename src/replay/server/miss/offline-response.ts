import type { HttpRequest } from '../../../flow/http/http-request.js';
import { HttpResponse } from '../../../flow/http/http-response.js';
import { rpcOf } from '../../../flow/rpc/call.js';
import { END_STREAM, frameOf } from '../../../flow/rpc/frames.js';
import { closestLines, type Miss, missBody, missLine } from './miss.js';

/**
 * Status of the response to a request that must not be forwarded. It is not a registered status, so it differs from statuses of
 * servers.
 */
const OFFLINE_STATUS = 599;

/** The gRPC status UNKNOWN, which clients do not retry. */
const UNKNOWN = 2;
/** Maximum length of the message of a call of gRPC when encoded, as clients limit the size of all headers to 8 KiB. */
const LONGEST_MESSAGE = 4000;

/**
 * The response to a miss if the request must not be forwarded: what is missing, as JSON. A call of gRPC, gRPC-Web or
 * Connect gets it as the message of its status, because its client shows nothing else.
 */
export function offlineResponse(request: HttpRequest, miss: Miss): HttpResponse {
  const rpc = rpcOf(request);
  if (!rpc) return HttpResponse.json(missBody(miss), OFFLINE_STATUS);
  const message = [missLine(miss), ...closestLines(miss)].join('\n');
  const headers = { 'Content-Type': request.headers.get('content-type') ?? '' };
  if (rpc.protocol === 'connect') {
    const error = { code: 'unknown', message };
    // An error of a unary call is an object with these members; that of a stream is in its last message.
    if (!rpc.framed) return HttpResponse.json({ ...error, ...missBody(miss) }, OFFLINE_STATUS);
    const end = Buffer.from(JSON.stringify({ error }));
    return HttpResponse.make(200, frameOf(END_STREAM, end.length, end), headers);
  }
  return HttpResponse.make(200, '', {
    ...headers,
    'Grpc-Status': String(UNKNOWN),
    'Grpc-Message': percentEncoded(message),
  });
}

/** Encodes all but printable ASCII ("gRPC over HTTP2", Status-Message), as far as there is room. */
function percentEncoded(text: string): string {
  let encoded = '';
  for (const char of text) {
    const next = char >= ' ' && char <= '~' && char !== '%' ? char : escaped(char);
    if (encoded.length + next.length > LONGEST_MESSAGE) break;
    encoded += next;
  }
  return encoded;
}

function escaped(char: string): string {
  return Buffer.from(char).toString('hex').toUpperCase().replace(/../g, '%$&');
}
