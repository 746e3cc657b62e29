import { Body } from '../../flow/body/body.js';
import { EventMarks } from '../../flow/body/event-marks.js';
import { fitLength } from '../../flow/http/content-length.js';
import type { Headers } from '../../flow/http/headers.js';
import type { HttpMessage } from '../../flow/http/http-message.js';
import { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import type { BodyChange } from '../body/body.js';
import type { Findings } from '../findings.js';
import type { Redactor } from '../redactor.js';

/** The redacted form of a request; the request itself if nothing was found. */
export function redactRequest(
  redactor: Redactor,
  request: HttpRequest,
  change: BodyChange | undefined,
  findings: Findings,
): HttpRequest {
  const { method, scheme, host, port, httpVersion } = request;
  const path = redactor.path(request.path, redactor.counting(findings, 'request.path'));
  const authority = withoutUserinfo(redactor, request.authority, findings);
  const headers = withoutUserinfoInHost(
    redactor,
    redactor.headers(request.headers, redactor.counting(findings, 'request.headers')),
    findings,
  );
  const trailers = redactTrailers(redactor, request, 'request.trailers', findings);
  const isSame = path === request.path && authority === request.authority && headers === request.headers;
  if (isSame && trailers === request.trailers && !change) return request;
  const fields = withLength(headers, request, change);
  const body = redactedBody(fields, request.body, change);
  const copy = new HttpRequest({ method, scheme, host, port, authority, path, httpVersion, headers: fields, body });
  return finish(copy, request, trailers);
}

/** The redacted form of a response; the response itself if nothing was found. */
export function redactResponse(
  redactor: Redactor,
  response: HttpResponse,
  change: BodyChange | undefined,
  findings: Findings,
): HttpResponse {
  const { statusCode, httpVersion } = response;
  const reason = redactor.text(response.reason, redactor.counting(findings, 'response.reason'));
  const headers = redactor.headers(response.headers, redactor.counting(findings, 'response.headers'));
  const trailers = redactTrailers(redactor, response, 'response.trailers', findings);
  const isSame = reason === response.reason && headers === response.headers && trailers === response.trailers;
  if (isSame && !change) return response;
  const fields = withLength(headers, response, change);
  const body = redactedBody(fields, response.body, change);
  const copy = new HttpResponse({ statusCode, reason, httpVersion, headers: fields, body });
  copy.statusInBody = response.statusInBody;
  copy.marks = change?.source || !change ? movedMarks(response, change) : undefined;
  return finish(copy, response, trailers);
}

function finish<Message extends HttpMessage>(copy: Message, original: Message, trailers: Headers | undefined): Message {
  copy.trailers = trailers;
  copy.timestampStart = original.timestampStart;
  copy.timestampEnd = original.timestampEnd;
  return copy;
}

function redactTrailers(
  redactor: Redactor,
  { trailers }: HttpMessage,
  place: string,
  findings: Findings,
): Headers | undefined {
  return trailers && redactor.headers(trailers, redactor.counting(findings, place));
}

/** The body shares its bytes with the original, which releases them. */
function redactedBody(headers: Headers, original: Body, change: BodyChange | undefined): Body {
  if (!change) {
    const body = Body.of(headers, original.stored, original.size, original.complete);
    body.changed = original.changed;
    return body;
  }
  return Body.of(headers, change.source, change.size, original.complete);
}

/** The length of a complete body that was changed. One that is left out keeps the length that it had. */
function withLength(
  headers: Headers,
  { headers: original, body }: HttpMessage,
  change: BodyChange | undefined,
): Headers {
  if (!change?.source || !body.complete || !headers.has('content-length')) return headers;
  const fields = headers === original ? headers.clone() : headers;
  fitLength(fields, body.size, change.size, false);
  return fields;
}

/** The marks of an event stream refer to positions in the body. */
function movedMarks({ marks }: HttpResponse, change: BodyChange | undefined): EventMarks | undefined {
  const stored = marks?.stored;
  if (!marks || !change) return marks;
  const bytes = stored?.buffer;
  if (!bytes || change.edits.length === 0) return undefined;
  return EventMarks.moved(bytes, marks.count, change.edits);
}

/** A client may send `user:password@host` as the authority. */
function withoutUserinfo(redactor: Redactor, authority: string, findings: Findings): string {
  const at = authority.lastIndexOf('@');
  if (at <= 0 || authority.startsWith('[redacted:')) return authority;
  findings.add('request.authority', 'userinfo');
  return redactor.replace(authority.slice(0, at), 'userinfo') + authority.slice(at);
}

function withoutUserinfoInHost(redactor: Redactor, headers: Headers, findings: Findings): Headers {
  if (!headers.bytes.includes('@')) return headers;
  const host = headers.get('host') ?? '';
  const redacted = withoutUserinfo(redactor, host, findings);
  if (redacted === host) return headers;
  const copy = headers.clone();
  copy.set('Host', redacted);
  return copy;
}
