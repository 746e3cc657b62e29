import { ClientGoneError, ProtocolError, UpstreamError } from '../../errors.js';
import type { Deadline } from '../../net/deadlines.js';
import type { Services } from '../../services.js';
import type { IncomingRequest, OutgoingRequest } from '../wire.js';

/** The watched exchange. */
export interface Transfer {
  incoming(): IncomingRequest;
  /** The request to the server, once it exists. */
  outgoing(): OutgoingRequest | undefined;
  /** Whether a request body is being received. */
  isUploading(): boolean;
  /** Whether a response body is being sent. */
  isDownloading(): boolean;
  /** Ends it as if the client had disconnected. */
  giveUpClient(error: ClientGoneError): void;
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
  const deadline = deadlines.create();
  let moved = -1;
  let idleChecks = 0;
  deadline.onExpiry = () => {
    const now = transfer.incoming().moved + (transfer.outgoing()?.moved ?? 0);
    if (now !== moved || !(transfer.isUploading() || transfer.isDownloading())) idleChecks = 0;
    else if (++idleChecks >= CHECKS) return end(transfer, stallTimeout);
    moved = now;
    return deadline.set(stallTimeout / CHECKS);
  };
  deadline.set(stallTimeout / CHECKS);
  return deadline;
}

/** Aborts the stalled side: a receiver that does not read blocks its sender. */
function end(transfer: Transfer, seconds: number): void {
  const incoming = transfer.incoming();
  const outgoing = transfer.outgoing();
  const inside = `for ${seconds} s inside a body (stall_timeout).`;
  if (incoming.blocked) {
    transfer.giveUpClient(new ClientGoneError(`The client read nothing ${inside}`, 'client-timeout'));
    incoming.abort();
  } else if (outgoing?.blocked) outgoing.abort(new UpstreamError(`The server read nothing ${inside}`, 504));
  else if (transfer.isDownloading()) outgoing?.abort(new UpstreamError(`The server sent nothing ${inside}`, 504));
  else incoming.giveUp(new ProtocolError(408, `The client sent nothing ${inside}`));
}
