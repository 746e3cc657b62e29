import type { Deadline } from '../deadlines.js';
import { ClientGoneError, ProtocolError, UpstreamError } from '../errors.js';
import type { Downstream } from './downstream.js';
import type { Upstream } from './upstream.js';

/** The exchange that is watched. */
export interface Transfer {
  readonly downstream: Downstream;
  /** The connection to the server, if there is one yet. */
  server(): Upstream | undefined;
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
 * Ends an exchange inside whose bodies nothing has moved for `stall_timeout`. Costs nothing for each byte: what the sockets
 * count is looked at now and then.
 * @returns the watch, to be disposed
 */
export function watchStalls(transfer: Transfer): Deadline {
  const { services } = transfer.downstream.context;
  const { stallTimeout } = services.options;
  const deadline = services.deadlines.create();
  let moved = -1;
  let idleLooks = 0;
  deadline.onExpiry = () => {
    const now = bytesMoved(transfer);
    if (now !== moved || !(transfer.isUploading() || transfer.isDownloading())) idleLooks = 0;
    else if (++idleLooks >= LOOKS) return end(transfer, stallTimeout);
    moved = now;
    return deadline.set(stallTimeout / LOOKS);
  };
  deadline.set(stallTimeout / LOOKS);
  return deadline;
}

/** Grows with what comes in, and with what the system takes. */
function bytesMoved({ downstream, server }: Transfer): number {
  let count = 0;
  for (const channel of [downstream.channel, server()?.channel]) {
    if (channel) count += channel.stream.bytesRead + channel.stream.bytesWritten - channel.stream.writableLength;
  }
  return count;
}

/** Gives up the side that is waited for: a receiver that takes nothing holds up its sender. */
function end(transfer: Transfer, seconds: number): void {
  const { downstream } = transfer;
  const { stream, raw } = downstream.channel;
  const server = transfer.server();
  const inside = `for ${seconds} s inside a body (stall_timeout).`;
  if (stream.writableNeedDrain) {
    transfer.giveUpClient(new ClientGoneError(`The client took nothing ${inside}`));
    raw.resetAndDestroy();
  } else if (server?.channel.stream.writableNeedDrain) {
    server.close(new UpstreamError(`The server took nothing ${inside}`, 504));
  } else if (transfer.isDownloading()) server?.close(new UpstreamError(`The server sent nothing ${inside}`, 504));
  else downstream.reader.fail(new ProtocolError(408, `The client sent nothing ${inside}`));
}
