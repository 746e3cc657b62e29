import type { HttpRequest } from '../../flow/http/http-request.js';
import { ProtocolError, UpstreamError } from '../errors.js';
import { VirtualChannel } from '../net/virtual-channel.js';
import { type Framing, type IncomingRequest, NO_BODY, type Tunnel } from './wire.js';

const NOTHING = Buffer.alloc(0);

/** Plays the client on a connection that has become a tunnel. */
export interface TunnelPlayer {
  /** @param channel the client's end: bytes pushed into it go to the server */
  play(channel: VirtualChannel): void;
}

/**
 * A recorded or synthetic request: it goes through an exchange like any other, but its response is only recorded in the flow.
 */
export class ReplayedRequest implements IncomingRequest {
  readonly isReplay = true;
  readonly original = undefined;
  readonly refusal: ProtocolError | undefined;
  readonly expectsContinue = false;
  readonly persistent = true;
  readonly trailers = undefined;
  readonly full = false;
  readonly blocked = false;
  readonly moved = 0;
  onDrain = (): void => {};
  /** A body that was received in chunks is sent as one chunk. */
  readonly framing: Framing;

  /**
   * @param request with its body, if that was kept; the exchange may change it
   * @param player for a request with an upgrade
   * @param onBody called without bytes for the response's head, and for each piece of its content before it is recorded
   */
  constructor(
    readonly request: HttpRequest,
    private readonly player?: TunnelPlayer,
    private readonly onBody?: (bytes: Buffer) => void,
  ) {
    const { body, headers } = request;
    if (!body.kept) {
      this.refusal = new ProtocolError(400, 'The content of this request was not kept, so it cannot be sent again.');
    }
    body.complete = true;
    request.timestampEnd = undefined;
    const isChunked = /(^|,)[ \t]*chunked$/i.test(headers.get('transfer-encoding')?.trimEnd() ?? '');
    if (isChunked) this.framing = { kind: 'chunked' };
    else this.framing = body.size > 0 ? { kind: 'length', length: body.size } : NO_BODY;
  }

  /** The body is already complete and is sent from where it is kept. */
  readBody(): undefined {}

  receivedField(name: string): string | undefined {
    return this.request.headers.get(name);
  }

  sendInterim(): void {}

  sendHead(): boolean {
    this.onBody?.(NOTHING);
    return false;
  }

  write(bytes: Buffer): void {
    this.onBody?.(bytes);
  }

  end(): void {}

  async drained(): Promise<void> {}

  pause(): void {}

  resume(): void {}

  giveUp(): void {}

  retractHead(): boolean {
    return true;
  }

  sendErrorPage(): void {}

  abort(): void {}

  startTunnel(): Tunnel {
    if (!this.player) throw new UpstreamError('The server switched protocols, which a replayed request cannot follow.');
    const channel = new VirtualChannel();
    this.player.play(channel);
    return { channel, rest: Buffer.alloc(0) };
  }
}
