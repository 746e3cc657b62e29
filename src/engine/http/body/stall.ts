import { ClientGoneError, ProtocolError, UpstreamError } from '../../errors.js';
import type { Deadline } from '../../net/deadlines.js';
import type { Services } from '../../services.js';
import type { IncomingRequest, OutgoingRequest } from '../wire.js';

/** The exchange that is watched. */
export interface Transfer {
  readonly incoming: IncomingRequest;
  /** The request to the server, if there is one yet. */
  outgoing(): OutgoingRequest | undefined;
  /** Whether a body is on its way from the client. */
  isUploading(): boolean;
  /** Whether a body is on its way to the client. */
  isDownloading(): boolean;
  /** Ends it as if the client had left. */
  giveUpClient(error: ClientGoneError): void;
}

/** Looks in the time of `stall_timeout`; a stall is ended one look late at most. */
const LOOKS = 4;

/**
 * Ends an exchange inside whose bodies nothing has moved for `stall_timeout`. Costs nothing for each byte: what the
 * connections count is looked at now and then.
 * @returns the watch, to be disposed
 */
export function watchStalls({ deadlines, options }: Services, transfer: Transfer): Deadline {
  const { stallTimeout } = options;
  const deadline = deadlines.create();
  let moved = -1;
  let idleLooks = 0;
  deadline.onExpiry = () => {
    const now = transfer.incoming.moved + (transfer.outgoing()?.moved ?? 0);
    if (now !== moved || !(transfer.isUploading() || transfer.isDownloading())) idleLooks = 0;
    else if (++idleLooks >= LOOKS) return end(transfer, stallTimeout);
    moved = now;
    return deadline.set(stallTimeout / LOOKS);
  };
  deadline.set(stallTimeout / LOOKS);
  return deadline;
}

/** Gives up the side that is waited for: a receiver that takes nothing holds up its sender. */
function end(transfer: Transfer, seconds: number): void {
  const { incoming } = transfer;
  const outgoing = transfer.outgoing();
  const inside = `for ${seconds} s inside a body (stall_timeout).`;
  if (incoming.blocked) {
    transfer.giveUpClient(new ClientGoneError(`The client took nothing ${inside}`, 'client-timeout'));
    incoming.abort();
  } else if (outgoing?.blocked) outgoing.abort(new UpstreamError(`The server took nothing ${inside}`, 504));
  else if (transfer.isDownloading()) outgoing?.abort(new UpstreamError(`The server sent nothing ${inside}`, 504));
  else incoming.giveUp(new ProtocolError(408, `The client sent nothing ${inside}`));
}
