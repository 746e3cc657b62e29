import type { Flow } from '../flow/flow.js';
import type { HttpRequest } from '../flow/http/http-request.js';
import { redactBody } from './body/body.js';
import { redactRequest as redactedForm } from './flow/redact-http.js';
import type { Redactor } from './redactor.js';

/** A request as a capture that was redacted with the same key has it. */
export interface RedactedRequest {
  /** The request itself if it holds no secret. It shares the bytes of its body. */
  readonly request: HttpRequest;
  /** Frees what was made for it. */
  release(): void;
}

/**
 * Redacts a request, so that it can be compared with those of a redacted capture.
 * @returns a promise only if the body is large or on disk
 */
export function redactRequest(redactor: Redactor, request: HttpRequest): RedactedRequest | Promise<RedactedRequest> {
  const findings = redactor.newFindings();
  const change = redactBody(redactor, request.body, request.headers, 'request.body', findings);
  const finish = (done: Awaited<typeof change>): RedactedRequest => ({
    request: redactedForm(redactor, request, done, findings),
    release: () => done?.source?.release(),
  });
  return change instanceof Promise ? change.then(finish) : finish(change);
}

/** The fingerprint of the key with which a flow was redacted; undefined if it was not. */
export function redactionKey({ metadata }: Flow): string | undefined {
  const redacted = metadata.redacted as { key?: unknown } | undefined;
  return typeof redacted?.key === 'string' ? redacted.key : undefined;
}
