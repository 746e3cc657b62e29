import type { ServerConnection } from '../../flow/connection.js';
import type { ClientContext } from '../client-context.js';
import { UpstreamError } from '../errors.js';
import { Outlet } from '../outlet.js';
import { FAILED } from '../read-after-failure.js';
import type { Destination } from '../route.js';
import type { ServerChannel } from '../server-channel.js';
import { Http1Reader } from './reader.js';

/** An HTTP/1 connection to a server. */
export class Upstream {
  readonly reader: Http1Reader;
  readonly outlet: Outlet;
  /** Exchanges begun on it before the present one. */
  used = 0;
  private broken = false;

  constructor(
    readonly channel: ServerChannel,
    readonly destination: Destination,
    context: ClientContext,
  ) {
    const { maxHeaderSize, validateInboundHeaders } = context.services.options;
    this.outlet = new Outlet(channel.stream, context.services.turn);
    this.reader = new Http1Reader(channel.stream, { maxHeaderSize, strict: validateInboundHeaders, status: 502 });
    let failure: Error | undefined;
    channel.stream.on('error', (error) => {
      failure = error;
    });
    channel.stream.once(FAILED, () => {
      this.broken = true;
    });
    channel.stream.once('close', () => {
      this.broken = true;
      this.reader.fail(failure ?? new UpstreamError('The server closed the connection.'));
    });
    // It may have been closed while hooks were told of it.
    if (channel.stream.destroyed) this.close(new UpstreamError('The server closed the connection.'));
  }

  /** Whether another request may be sent on it. What a server says unasked is no answer to the next request. */
  get usable(): boolean {
    return !this.broken && !this.reader.atEnd && this.reader.buffered === 0 && this.channel.stream.writable;
  }

  get connection(): ServerConnection {
    return this.channel.connection;
  }

  close(error?: Error): void {
    this.broken = true;
    if (error) this.reader.fail(error);
    this.channel.stream.destroy();
    this.channel.raw.destroy();
  }
}
