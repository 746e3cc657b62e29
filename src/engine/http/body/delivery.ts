import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '../../../flow/http/delivery.js';
import { HttpResponse } from '../../../flow/http/http-response.js';
import type { InterimResponse } from '../../../flow/http/interim-response.js';
import { RelayError } from '../../errors.js';
import { type IncomingRequest, UNKNOWN_LENGTH } from '../wire.js';

/**
 * Sends an addon's response as its `Delivery` prescribes. With `staysOpen` it is not ended.
 * @param signal aborted when the exchange has ended
 * @throws RelayError if the connection is to be reset after the content
 */
export async function deliver(
  response: HttpResponse,
  { length, breaks, staysOpen, pieces }: Delivery,
  to: IncomingRequest,
  hasBody: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (breaks || staysOpen) {
    response.body.complete = false;
    response.timestampEnd = undefined;
  }
  to.sendHead(response, length === undefined ? UNKNOWN_LENGTH : { kind: 'length', length });
  if (hasBody) {
    for await (const bytes of pieces?.(signal) ?? response.body.rawChunks()) {
      to.write(bytes);
      if (to.full) await to.drained();
      signal.throwIfAborted();
    }
  }
  if (breaks) throw new RelayError('The recorded connection broke off here.', 'truncated');
  if (hasBody && !staysOpen) to.end(response.trailers);
}

/**
 * Sends the interim responses of an addon, except a 100, which is sent when the body is needed, and a 101, which is not interim
 * for HTTP/1.
 */
export function sendInterim(interim: readonly InterimResponse[], to: IncomingRequest): void {
  for (const { statusCode, reason, headers } of interim) {
    if (statusCode === 100 || statusCode === 101) continue;
    to.sendInterim(new HttpResponse({ statusCode, reason, httpVersion: 'HTTP/1.1', headers }));
  }
}

/** @param seconds capped at the maximum of Node's timers @throws the reason of the signal */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.min(seconds * 1000, MAX_DELAY), undefined, { signal }).catch((error: unknown) => {
    throw signal.reason ?? error;
  });
}

const MAX_DELAY = 2 ** 31 - 1;
