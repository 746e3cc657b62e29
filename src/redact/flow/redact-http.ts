import { Body } from '../../flow/body/body.js';
import { EventMarks } from '../../flow/body/event-marks.js';
import { fitLength } from '../../flow/http/content-length.js';
import { Headers } from '../../flow/http/headers.js';
import type { HttpMessage } from '../../flow/http/http-message.js';
import { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import type { BodyChange } from '../body/body.js';
import type { Findings } from '../findings.js';
import type { Redactor } from '../redactor.js';
import { applyToBytes, type Edit, ordered } from '../text/edits.js';

const AT = 64;

/** The redacted form of a request; the request itself if it contains no secret. */
export function redactRequest(
  redactor: Redactor,
  request: HttpRequest,
  change: BodyChange | undefined,
  findings: Findings,
): HttpRequest {
  const path = redactor.path(request.path, findings, 'request.path');
  const authority = withoutUserinfo(redactor, request.authority, findings);
  const edits = redactor.headerEdits(request.headers, findings, 'request.headers');
  const headers = withoutUserinfoInHost(redactor, withEdits(request, edits, change), findings);
  const trailers = request.trailers && redactor.headers(request.trailers, findings, 'request.trailers');
  const isSame = path === request.path && authority === request.authority && headers === request.headers;
  if (isSame && trailers === request.trailers && !change) return request;
  const { method, scheme, host, port, httpVersion } = request;
  const body = redactedBody(headers, request.body, change);
  const copy = new HttpRequest({ method, scheme, host, port, authority, path, httpVersion, headers, body });
  copy.protocol = request.protocol;
  return finish(copy, request, trailers);
}

/** The redacted form of a response; the response itself if it contains no secret. */
export function redactResponse(
  redactor: Redactor,
  response: HttpResponse,
  change: BodyChange | undefined,
  findings: Findings,
): HttpResponse {
  const reason = redactor.reason(response.reason, findings, 'response.reason');
  const edits = redactor.headerEdits(response.headers, findings, 'response.headers');
  const headers = withEdits(response, edits, change);
  const trailers = response.trailers && redactor.headers(response.trailers, findings, 'response.trailers');
  const isSame = reason === response.reason && headers === response.headers && trailers === response.trailers;
  if (isSame && !change) return response;
  const { statusCode, httpVersion } = response;
  const body = redactedBody(headers, response.body, change);
  const copy = new HttpResponse({ statusCode, reason, httpVersion, headers, body });
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

/** The body shares its bytes with the original, which releases them. */
function redactedBody(headers: Headers, original: Body, change: BodyChange | undefined): Body {
  if (!change) {
    const body = Body.of(headers, original.stored, original.size, original.complete);
    body.changed = original.changed;
    return body;
  }
  return Body.of(headers, change.source, change.size, original.complete);
}

/**
 * Applies edits to a field block, and updates `Content-Length` if a complete body was changed. A body that was removed keeps
 * its length.
 */
function withEdits({ headers, body }: HttpMessage, edits: readonly Edit[], change: BodyChange | undefined): Headers {
  const { bytes } = headers;
  if (!change?.source || !body.complete) return edits.length === 0 ? headers : new Headers(applyToBytes(bytes, edits));
  if (change.length) {
    const { start, end } = change.length;
    const edit: Edit = { from: start, start, end, text: String(change.size), names: [] };
    return new Headers(applyToBytes(bytes, ordered([...edits, edit])));
  }
  const fields = edits.length === 0 ? headers : new Headers(applyToBytes(bytes, edits));
  if (!fields.has('content-length')) return fields;
  const fitted = fields.clone();
  fitLength(fitted, body.size, change.size, false);
  return fitted;
}

/** Adjusts the event marks, which are positions in the body. */
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
  if (!headers.bytes.includes(AT)) return headers;
  const host = headers.get('host') ?? '';
  const redacted = withoutUserinfo(redactor, host, findings);
  if (redacted === host) return headers;
  const copy = headers.clone();
  copy.set('Host', redacted);
  return copy;
}
