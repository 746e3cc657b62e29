import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** One side of a connection: its byte stream and the ways to end it. The stream need not be a socket. */
export interface Channel {
  readonly stream: Duplex;
  /** Whether the connection is over. */
  readonly destroyed: boolean;
  /** Ends the connection at once. */
  destroy(): void;
  /** Ends it at once with a reset, so that the peer cannot take it for a proper end. */
  reset(): void;
  /** Resets it once all writes are sent; a peer that stops reading is not waited for. */
  resetConnection(): void;
  /** Ends it once all writes are sent. */
  destroySoon(): void;
  /**
   * Ends it properly although the peer may still be sending: its bytes are discarded for a while. Closing at once would
   * reset the connection and could destroy our last response in flight (RFC 9112 section 9.6).
   */
  lingeringClose(): void;
  /** Checks whether a half-closed peer still exists; if not, the connection closes soon. */
  probe(): void;
  /** The channel for TLS over this one. @param stream the inside of TLS */
  secured(stream: Socket): Channel;
}

/** A TCP connection, or TLS on one. */
export class SocketChannel implements Channel {
  private probing = false;

  /** @param socket the TCP connection below the stream */
  constructor(
    readonly stream: Socket,
    readonly socket: Socket = stream,
  ) {}

  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  destroy(): void {
    this.stream.destroy();
    this.socket.destroy();
  }

  reset(): void {
    if (!this.socket.destroyed) this.socket.resetAndDestroy();
    this.stream.destroy();
  }

  resetConnection(): void {
    const { stream } = this;
    if (this.destroyed) return;
    const reset = (): void => this.reset();
    if (stream.writableLength === 0 || stream.writableEnded) reset();
    // After all earlier writes.
    else stream.write(NOTHING, reset);
    stream.setTimeout(BREAK_OFF_MS, reset);
  }

  destroySoon(): void {
    this.stream.end();
    this.socket.destroySoon();
  }

  lingeringClose(): void {
    const { stream } = this;
    if (this.destroyed) return;
    let timer: NodeJS.Timeout | undefined;
    const close = (): void => this.destroy();
    stream.removeAllListeners('data');
    stream.on('data', () => {});
    stream.resume();
    stream.once('close', () => clearTimeout(timer));
    // A slow peer gets all bytes; a peer that stops reading is given up.
    stream.setTimeout(STALLED_MS, close);
    stream.end(() => {
      timer = setTimeout(close, LINGER_MS).unref();
    });
  }

  /**
   * The host of a departed peer answers a keep-alive probe, or the next bytes, with a reset: Linux at once, or after a
   * minute (`tcp_fin_timeout`). We no longer read, so Node does not report the reset; a write does.
   */
  probe(): void {
    if (!this.probing) this.socket.setKeepAlive(true, PROBE_AFTER_MS);
    this.probing = true;
    // Write below TLS, which would hide the failure. A pending write will fail by itself.
    if (this.stream.writableLength === 0) this.socket.write(NOTHING);
  }

  secured(stream: Socket): SocketChannel {
    return new SocketChannel(stream, this.socket);
  }
}

/**
 * Tells FIN from RST: Node reports a proper end when a reset arrives together with the last bytes. After a reset even
 * an empty write fails.
 */
export function confirmEnd(stream: Duplex, ended: () => void, broken: (error: Error) => void): void {
  if (stream.errored) broken(stream.errored);
  else if (!stream.writable || stream.writableLength > 0) ended();
  else stream.write(NOTHING, (error) => (error ? broken(error) : ended()));
}

const NOTHING = Buffer.alloc(0);
const BREAK_OFF_MS = 2000;
/** Milliseconds for which a peer may read none of the pending bytes. */
const STALLED_MS = 60_000;
/** Milliseconds for which a peer may keep sending after our end. */
const LINGER_MS = 2000;
/** Milliseconds without traffic after which the system sends keep-alive probes. */
const PROBE_AFTER_MS = 5000;
