import type { Flow } from '../flow/flow.js';
import type { HttpRequest } from '../flow/http/http-request.js';
import { redactBody } from './body/body.js';
import { redactRequest } from './flow/redact-http.js';
import type { Redactor } from './redactor.js';

/** The form that a request has in a capture redacted with the same key. */
export interface RedactedRequest {
  /** The original request if it contains no secret. The body shares its bytes with the original. */
  readonly request: HttpRequest;
  /** Frees the copies of bodies. */
  release(): void;
}

/**
 * Redacts a request for comparison with the requests of a redacted capture.
 * @returns a promise only if the body is large or on disk
 */
export function redactForComparison(
  redactor: Redactor,
  request: HttpRequest,
): RedactedRequest | Promise<RedactedRequest> {
  const findings = redactor.newFindings();
  const change = redactBody(redactor, request.body, request.headers, 'request.body', findings);
  const finish = (done: Awaited<typeof change>): RedactedRequest => ({
    request: redactRequest(redactor, request, done, findings),
    release: () => done?.source?.release(),
  });
  return change instanceof Promise ? change.then(finish) : finish(change);
}

/** The fingerprint of the key with which a flow was redacted; undefined for a flow that was not redacted. */
export function redactionKey({ metadata }: Flow): string | undefined {
  const redacted = metadata.redacted as { key?: unknown } | undefined;
  return typeof redacted?.key === 'string' ? redacted.key : undefined;
}
