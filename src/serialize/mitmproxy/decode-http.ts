import { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import type { TsdumpFacts } from './facts.js';
import { RawMessage } from './raw-message.js';
import { decodeHost } from './tnetstring/host-text.js';
import { TAG } from './tnetstring/tnetstring.js';
import type { TnetstringDecoder } from './tnetstring/tnetstring-decoder.js';
import { VERSIONS } from './versions.js';

const REQUEST_KEYS = 12;
const RESPONSE_KEYS = 8;

export interface DecodedRequest {
  request: HttpRequest;
  raw: RawMessage;
}

export interface DecodedResponse {
  response: HttpResponse;
  raw: RawMessage;
}

/** @throws FieldError or TnetstringError */
export function decodeRequest(input: TnetstringDecoder, version: number, own: TsdumpFacts | undefined): DecodedRequest {
  const raw = new RawMessage();
  const line = { method: '', scheme: '', host: '', port: 0, authority: '', path: '' };
  const end = input.enter(TAG.dictionary);
  while (input.at < end) {
    const key = input.key();
    switch (key) {
      case 'method':
      case 'scheme':
      case 'authority':
      case 'path':
        line[key] = input.latin1();
        break;
      case 'host':
        line.host = decodeHost(input.text());
        break;
      case 'port':
        line.port = input.number();
        break;
      default:
        raw.decode(input, key);
        continue;
    }
    raw.count();
  }
  input.leave(end);
  const missing = (version < VERSIONS.trailers ? 1 : 0) + (version < VERSIONS.authority ? 1 : 0);
  const headers = raw.check('request', REQUEST_KEYS - missing);
  const body = raw.body(headers, 'request', own);
  const request = new HttpRequest({ ...line, httpVersion: raw.httpVersion, headers, body });
  request.trailers = raw.trailers;
  request.timestampStart = raw.start ?? 0;
  request.timestampEnd = raw.end;
  return { request, raw };
}

/** @throws FieldError or TnetstringError */
export function decodeResponse(
  input: TnetstringDecoder,
  version: number,
  own: TsdumpFacts | undefined,
  request: HttpRequest,
): DecodedResponse {
  const raw = new RawMessage();
  const line = { statusCode: 0, reason: '' };
  const end = input.enter(TAG.dictionary);
  while (input.at < end) {
    const key = input.key();
    if (key === 'status_code') line.statusCode = input.number();
    else if (key === 'reason') line.reason = input.optionalLatin1() ?? '';
    else {
      raw.decode(input, key);
      continue;
    }
    raw.count();
  }
  input.leave(end);
  const headers = raw.check('response', RESPONSE_KEYS - (version < VERSIONS.trailers ? 1 : 0));
  if (raw.start === undefined && version < VERSIONS.comment) {
    raw.start = request.timestampEnd;
    raw.end = (request.timestampEnd ?? 0) + 1;
  }
  const response = new HttpResponse({
    ...line,
    httpVersion: raw.httpVersion,
    headers,
    body: raw.body(headers, 'response', own),
  });
  response.trailers = raw.trailers;
  response.timestampStart = raw.start ?? 0;
  response.timestampEnd = raw.end;
  return { response, raw };
}
