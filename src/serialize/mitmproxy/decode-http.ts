import { domainToUnicode } from 'node:url';
import { Body } from '../../flow/body.js';
import type { WebSocketClose } from '../../flow/flow.js';
import type { Headers } from '../../flow/headers.js';
import { HttpRequest } from '../../flow/http-request.js';
import { HttpResponse } from '../../flow/http-response.js';
import type { MessageLog } from '../../flow/messagelog.js';
import { FieldError } from '../field-error.js';
import { MemoryBody } from '../memory-body.js';
import { announcedLength } from './announced-length.js';
import { decodeMessages } from './decode-messages.js';
import type { TsdumpFacts } from './facts.js';
import { decodePairs, type Pair } from './header-pairs.js';
import type { Hole } from './skeleton.js';
import { TAG } from './tnetstring.js';
import type { TnetstringDecoder } from './tnetstring-decoder.js';
import { VERSIONS } from './versions.js';

const REQUEST_KEYS = 12;
const RESPONSE_KEYS = 8;
const WEBSOCKET_KEYS = 5;
const NOTHING = Buffer.alloc(0);

/** The content of a message: in memory, left out, or null. */
interface Content {
  bytes: Buffer | undefined;
  hole: Hole | undefined;
}

/** What requests and responses have in common. */
class RawMessage {
  httpVersion = '';
  headers: Headers | undefined = undefined;
  oddHeaders: Pair[] | undefined = undefined;
  trailers: Headers | undefined = undefined;
  oddTrailers: Pair[] | undefined = undefined;
  content: Content | undefined = undefined;
  start: number | undefined = undefined;
  end: number | undefined = undefined;
  /** In early versions. */
  isReplay = false;
  private seen = 0;

  /** Takes the value of an entry that both may have. */
  decode(input: TnetstringDecoder, key: string): void {
    switch (key) {
      case 'http_version':
        this.httpVersion = input.latin1();
        break;
      case 'headers': {
        const pairs = decodePairs(input);
        this.headers = pairs?.headers;
        this.oddHeaders = pairs?.odd;
        break;
      }
      case 'trailers': {
        const pairs = decodePairs(input);
        this.trailers = pairs?.headers;
        this.oddTrailers = pairs?.odd;
        break;
      }
      case 'content':
        this.content = decodeContent(input);
        break;
      case 'timestamp_start':
        this.start = input.optionalNumber();
        break;
      case 'timestamp_end':
        this.end = input.optionalNumber();
        break;
      default:
        if (key === 'is_replay') this.isReplay = input.boolean();
        else input.item();
        return;
    }
    this.count();
  }

  /** Takes note of an entry that every message of the newest version has. */
  count(): void {
    this.seen++;
  }

  /** @throws FieldError if an entry is missing */
  check(name: string, keys: number): Headers {
    if (this.seen < keys || !this.headers) throw new FieldError(name, `whole: ${keys} keys belong to it`);
    return this.headers;
  }

  /** What was not kept has the size that the fields say, if they do. */
  body(headers: Headers, name: 'request' | 'response', own: TsdumpFacts | undefined): Body {
    const whole = own?.incomplete?.includes(name) !== true;
    const { bytes, hole } = this.content ?? {};
    if (bytes) return Body.of(headers, bytes.length > 0 ? new MemoryBody(bytes) : undefined, bytes.length, whole);
    if (hole) return Body.of(headers, hole.raw, hole.length, whole);
    const size = own?.sizes?.[name] ?? announcedLength(headers);
    return Body.of(headers, undefined, size, whole && size > 0 && this.end !== undefined);
  }
}

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
        line.host = decodeHost(input);
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

/** @throws FieldError or TnetstringError */
export function decodeWebSocket(input: TnetstringDecoder): { messages: MessageLog; close: WebSocketClose } {
  let messages: MessageLog | undefined;
  const close: WebSocketClose = { byClient: undefined, code: undefined, reason: undefined, timestamp: undefined };
  let seen = 0;
  const end = input.enter(TAG.dictionary);
  while (input.at < end) {
    seen++;
    switch (input.key()) {
      case 'messages':
        messages = decodeMessages(input);
        break;
      case 'closed_by_client':
        close.byClient = input.optionalBoolean();
        break;
      case 'close_code':
        close.code = input.optionalNumber();
        break;
      case 'close_reason':
        close.reason = input.optionalText();
        break;
      case 'timestamp_end':
        close.timestamp = input.optionalNumber();
        break;
      default:
        seen--;
        input.item();
    }
  }
  input.leave(end);
  if (!messages || seen < WEBSOCKET_KEYS)
    throw new FieldError('websocket', `whole: ${WEBSOCKET_KEYS} keys belong to it`);
  return { messages, close };
}

function decodeContent(input: TnetstringDecoder): Content {
  input.item();
  if (input.isNull()) return { bytes: undefined, hole: undefined };
  if (input.tag !== TAG.bytes && input.tag !== TAG.text) input.fail('no content');
  const { hole } = input;
  if (hole) return { bytes: undefined, hole };
  return { bytes: input.end > input.start ? input.bytes.subarray(input.start, input.end) : NOTHING, hole: undefined };
}

/** A name is text in which labels are not encoded (RFC 5891), in early versions bytes in which they are. */
function decodeHost(input: TnetstringDecoder): string {
  const host = input.text();
  return input.tag === TAG.bytes && /(?:^|\.)xn--/i.test(host) ? domainToUnicode(host) || host : host;
}
