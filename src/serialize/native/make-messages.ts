import { Body } from '../../flow/body/body.js';
import { EventMarks } from '../../flow/body/event-marks.js';
import type { Headers } from '../../flow/http/headers.js';
import { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import { MessageLog } from '../../flow/message-log/message-log.js';
import type { ListedBody } from './bodies/body-list.js';
import type { DecodedMessage, DecodedRequest, DecodedResponse } from './schema/http.js';

/** Builds a request with its body. */
export function makeRequest(decoded: DecodedRequest, body: ListedBody | undefined): HttpRequest {
  const { scheme, host, port, authority, path, httpVersion, headers } = decoded;
  const content = makeBody(headers, body);
  const parts = { method: decoded.method!, scheme, host, port, authority, path, httpVersion, headers, body: content };
  const request = new HttpRequest(parts);
  request.protocol = decoded.protocol;
  return finish(request, decoded);
}

/** Builds a response with its body. */
export function makeResponse(decoded: DecodedResponse, body: ListedBody | undefined): HttpResponse {
  const { status, reason, httpVersion, headers } = decoded;
  const parts = { statusCode: status, reason, httpVersion, headers, body: makeBody(headers, body) };
  return finish(new HttpResponse(parts), decoded);
}

/** The messages of a flow. A log that is not listed is empty. */
export function messageLog(listed: ListedBody | undefined): MessageLog {
  if (!listed) return MessageLog.of(undefined, 0, 0);
  return MessageLog.of(listed.source, listed.entry.count ?? 0, listed.entry.size);
}

/** The arrival times of a response's events. */
export function eventMarks({ source, entry }: ListedBody): EventMarks {
  return EventMarks.of(source, entry.count ?? 0);
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
