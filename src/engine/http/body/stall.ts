import type { HttpFlow } from '../../../flow/flow.js';
import { ClientGoneError, ProtocolError, UpstreamError } from '../../errors.js';
import type { Deadline } from '../../net/deadlines.js';
import type { Services } from '../../services.js';
import type { RequestSide } from '../request-side.js';
import type { ServerSide } from '../server-side.js';

/** The watched exchange. */
export interface Transfer {
  readonly flow: HttpFlow;
  readonly request: RequestSide;
  readonly server: ServerSide;
  /** A body is being sent to the client. */
  readonly downloading: boolean;
  /** Ends the exchange because the client has disconnected. */
  cancel(error: ClientGoneError): void;
}

/** Checks per `stall_timeout`; a stall is detected at most one check late. */
const CHECKS = 4;

/**
 * Ends an exchange whose bodies have made no progress for `stall_timeout`. It samples the connections' byte counters,
 * so it costs nothing per byte.
 * @returns the watch; the caller disposes it
 */
export function watchStalls({ deadlines, options }: Services, transfer: Transfer): Deadline {
  const { stallTimeout } = options;
  let moved = -1;
  let idleChecks = 0;
  const deadline = deadlines.create(() => {
    const { incoming, outgoing } = transfer.server;
    const now = incoming.moved + (outgoing?.moved ?? 0);
    if (now !== moved || !(isUploading(transfer) || transfer.downloading)) idleChecks = 0;
    else if (++idleChecks >= CHECKS) return end(transfer, stallTimeout);
    moved = now;
    return deadline.set(stallTimeout / CHECKS);
  });
  deadline.set(stallTimeout / CHECKS);
  return deadline;
}

/** Whether a request body is being received. A client may wait for a 100 before it sends the body. */
function isUploading({ flow, request, server: { incoming, sawInterim } }: Transfer): boolean {
  const waits = incoming.expectsContinue && !sawInterim && !request.held && flow.request.body.size === 0;
  return request.uploading && !waits;
}

/** Aborts the stalled side: a receiver that does not read blocks its sender. */
function end(transfer: Transfer, seconds: number): void {
  const { incoming, outgoing } = transfer.server;
  const inside = `for ${seconds} s inside a body (stall_timeout).`;
  if (incoming.blocked) {
    transfer.cancel(new ClientGoneError(`The client read nothing ${inside}`, 'client-timeout'));
    incoming.abort();
  } else if (outgoing?.blocked) outgoing.abort(new UpstreamError(`The server read nothing ${inside}`, 504));
  else if (transfer.downloading) outgoing?.abort(new UpstreamError(`The server sent nothing ${inside}`, 504));
  else incoming.giveUp(new ProtocolError(408, `The client sent nothing ${inside}`));
}
