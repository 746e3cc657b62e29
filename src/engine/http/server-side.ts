import type { Clock } from '../../flow/clock.js';
import { ServerConnection, type Via } from '../../flow/connection.js';
import { systemCode } from '../../flow/error-codes.js';
import type { HttpFlow } from '../../flow/flow.js';
import { parseAuthority } from '../../flow/http/authority.js';
import { firstError, LostConnectionError, ProtocolError, TruncatedError, UpstreamError } from '../errors.js';
import type { Deadline } from '../net/deadlines.js';
import { checkPermit } from '../upstream/permit.js';
import type { Lease } from '../upstream/pool.js';
import type { ClientSide } from './client-side.js';
import { isLoss, refusedByUpstreamProxy } from './failure.js';
import type { RequestSide } from './request-side.js';
import { acceptsH2c, mayUpgrade } from './upgrade-fields.js';
import type { IncomingRequest, OutgoingRequest, ResponseHead, Tunnel } from './wire.js';

/** Maximum number of recorded interim responses per flow; all are forwarded. */
const MAX_INTERIM = 100;

/**
 * Maximum number of repeats of a request that the server has refused. Connections that a server is just closing may follow each
 * other, for example behind a load balancer.
 */
const MAX_REFUSALS = 3;

/** The server's side of an exchange: the leased connection, the request on it, and the head of the response. */
export class ServerSide {
  outgoing: OutgoingRequest | undefined;
  sawInterim = false;
  /** Number of times that servers have refused the request. */
  private refusals = 0;
  private canceled: Error | undefined;
  /** Ends the wait for a connection that is being opened. */
  private stopWaiting: ((error: Error) => void) | undefined;
  private deadline: Deadline | undefined;

  constructor(
    private readonly flow: HttpFlow,
    private readonly client: ClientSide,
    /** The client's request. `Upgrade: h2c` replaces it. */
    public incoming: IncomingRequest,
    private readonly request: RequestSide,
    private lease: Lease | undefined,
    private readonly clock: Clock,
  ) {}

  /**
   * Sends the request and waits for the head of the final response; retries on a new connection if that is allowed.
   * Interim responses (RFC 9110 section 15.2) are forwarded at once.
   * @throws UpstreamError, ProtocolError, the error of `cancel`
   */
  async fetchHead(): Promise<ResponseHead> {
    let isFirst = true;
    for (;;) {
      const lease = this.renewLease() ?? (await this.connect(isFirst && this.request.isRepeatable));
      isFirst = false;
      this.checkTarget(lease);
      this.checkAuthority(lease);
      let outgoing = lease.connection.begin();
      this.outgoing = outgoing;
      try {
        this.request.send(outgoing);
        this.request.forwardEnd(outgoing);
        this.limitWait(outgoing);
        for (;;) {
          const found = outgoing.readHead();
          const head = this.checkHead(found instanceof Promise ? await found : found);
          if (this.isFinal(head)) return head;
          outgoing = await this.handleInterim(head, outgoing);
        }
      } catch (error) {
        this.deadline?.clear();
        await this.prepareRepeat(lease, outgoing, error as Error);
      } finally {
        this.deadline?.clear();
      }
    }
  }

  /** Aborts the request: its response is no longer needed. */
  cancel(error: Error): void {
    this.canceled ??= error;
    this.stopWaiting?.(error);
    this.outgoing?.abort(error);
  }

  /** The client has ended its side of the connection. */
  clientEnded(): void {
    if (this.outgoing) this.request.forwardEnd(this.outgoing);
  }

  /** @returns the reason for a failure: a server closes the connection because the client has ended its side */
  reasonOf(error: Error): Error {
    if (!this.outgoing?.sideEnded || !(error instanceof TruncatedError || (isLoss(error) && isSocketError(error))))
      return error;
    const message = 'The client ended its side of the connection, and then the server closed it.';
    return new UpstreamError(message, 502, error, 'client-disconnected');
  }

  /** Returns the connection to the pool. */
  release(): void {
    const { lease } = this;
    this.lease = undefined;
    this.outgoing = undefined;
    this.deadline?.dispose();
    this.deadline = undefined;
    if (lease) this.client.pool.release(lease);
  }

  /** Hands over the connection, which is a tunnel from now on. */
  detach(): Tunnel {
    const tunnel = this.outgoing!.detach();
    this.lease = undefined;
    this.outgoing = undefined;
    return tunnel;
  }

  /**
   * A client may use its connection for all names in the certificate that it was shown (RFC 9113 section 9.1.1).
   * @throws ProtocolError (421) if the server's own certificate does not have the name of the request
   */
  private checkAuthority({ connection: { destination, server } }: Lease): void {
    const { route } = this.client;
    if (!route?.misdirects || route.host !== destination.host || route.port !== destination.port) return;
    const { authority } = this.flow.request;
    if (!route.misdirects(server, authority)) return;
    throw new ProtocolError(421, `Refused: the server's certificate is no longer for ${authority}`);
  }

  private renewLease(): Lease | undefined {
    let lease = this.client.pool.renew(this.lease, this.flow);
    if (lease?.connection.mayBeClosing && !this.request.isIdempotent) {
      lease.connection.close();
      lease = undefined;
    }
    if (lease && lease !== this.lease) this.flow.server = lease.connection.server;
    this.lease = lease;
    return lease;
  }

  /** @param mayShare whether to use a shared connection, which the server may be closing */
  private async connect(mayShare: boolean): Promise<Lease> {
    const { flow, client } = this;
    const { scheme, host, port, via } = flow.request;
    if (this.canceled) throw this.canceled;
    if (flow.server.timestampStart !== 0) flow.server = new ServerConnection();
    flow.server.address = [host, port];
    const opening = client.pool.connect({ scheme, host, port, via }, flow.server, mayShare);
    const lease = await this.unlessCanceled(opening);
    this.lease = lease;
    flow.server = lease.connection.server;
    return lease;
  }

  /** Waits for a connection. One that comes after `cancel` is for later requests. @throws the error of `cancel` */
  private unlessCanceled(opening: Promise<Lease>): Promise<Lease> {
    return new Promise((resolve, reject) => {
      this.stopWaiting = reject;
      opening.then((lease) => {
        this.stopWaiting = undefined;
        if (this.canceled) this.client.pool.release(lease);
        else resolve(lease);
      }, reject);
    });
  }

  /**
   * A forwarding proxy sends the request to the server that its head names. Hooks may have changed that since the connection
   * was opened.
   * @throws UpstreamError if that server must not be reached
   */
  private checkTarget({ connection }: Lease): void {
    const { method, protocol, authority, scheme, host, port } = this.flow.request;
    const { context } = this.client;
    if (!context.services.permitConnection) return;
    if (connection.forwarder) checkPermit(context, { address: [host, port], via: connection.server.via });
    if (method !== 'CONNECT' || protocol !== undefined) return;
    // The client uses the server of this connection as a proxy.
    const target = parseAuthority(authority);
    if (target?.port === undefined) return;
    const via: Via = { scheme: scheme === 'https' ? 'https' : 'http', address: [host, port] };
    checkPermit(context, { address: [target.host, target.port], via });
  }

  /** @throws UpstreamError, ProtocolError if the response is not valid for the request */
  private checkHead(head: ResponseHead | undefined): ResponseHead {
    if (!head) throw new UpstreamError(this.flow.server.error ?? 'The server closed the connection without an answer.');
    const { response } = head;
    if (response.statusCode === 101 && !mayUpgrade(this.flow.request)) {
      throw new ProtocolError(502, 'Refused: a 101 response without an Upgrade request (from the server)');
    }
    const { connection } = this.lease!;
    if (response.statusCode === 407 && connection.forwarder) throw refusedByUpstreamProxy(connection, response);
    return head;
  }

  /** A 101 ends the exchange in HTTP/1, unless it continues in HTTP/2. */
  private isFinal({ response }: ResponseHead): boolean {
    const { statusCode } = response;
    return statusCode >= 200 || (statusCode === 101 && !acceptsH2c(this.flow.request, response));
  }

  /** @returns the request to read the next head from */
  private async handleInterim(head: ResponseHead, outgoing: OutgoingRequest): Promise<OutgoingRequest> {
    if (head.response.statusCode === 101) return this.switchToHttp2(head);
    this.forwardInterim(head);
    if (this.incoming.full) await this.incoming.drained();
    return outgoing;
  }

  /**
   * Gives up a connection on which the request has failed, so that the request can be sent on another one. After the first
   * refusal it is sent on the same one, if that is still usable.
   * @throws the error, or LostConnectionError, if the request must not be repeated
   */
  private async prepareRepeat({ connection }: Lease, outgoing: OutgoingRequest, error: Error): Promise<void> {
    const lost = outgoing.unprocessed && !this.sawInterim && isLoss(error);
    if (this.canceled || this.request.failure || outgoing.sideEnded || !lost) throw error;
    const { refused } = outgoing;
    if (refused) this.refusals++;
    if (this.refusals > MAX_REFUSALS) throw error;
    connection.closedEarly?.();
    outgoing.abort();
    if (refused) await this.request.receiveRest();
    if (this.canceled || this.request.failure) throw error;
    const mayRepeat = this.request.mayRepeat(refused);
    // The server may have had a reason that has passed, such as a limit of streams that had not arrived here yet.
    if (refused && mayRepeat && this.refusals === 1 && connection.canTake()) return;
    if (refused) connection.close();
    this.release();
    if (!mayRepeat) throw refused ? error : new LostConnectionError();
  }

  /**
   * The server has accepted `Upgrade: h2c`: the exchange continues as stream 1 of both connections. A client that has not
   * offered HTTP/2 keeps HTTP/1.
   */
  private async switchToHttp2(head: ResponseHead): Promise<OutgoingRequest> {
    // The request ends before HTTP/2 begins (RFC 7540 section 3.2).
    if (this.request.pending) await this.request.pending;
    if (this.canceled ?? this.request.failure) throw this.canceled ?? this.request.failure;
    const { connection, outgoing } = this.client.pool.switchToHttp2(
      this.lease!,
      this.detach(),
      this.flow.request.method,
    );
    this.lease = { connection };
    this.outgoing = outgoing;
    this.limitWait(outgoing);
    this.recordInterim(head);
    this.incoming = this.incoming.switchToHttp2?.(head.response, head.original) ?? this.incoming;
    return outgoing;
  }

  private recordInterim({ response: { statusCode, reason, headers } }: ResponseHead): void {
    this.flow.interim ??= [];
    // Bounds the memory that a server can fill with interim responses.
    if (this.flow.interim.length < MAX_INTERIM) {
      this.flow.interim.push({ statusCode, reason, headers, timestamp: this.clock.now() });
    }
  }

  private forwardInterim(head: ResponseHead): void {
    const { response, original } = head;
    this.sawInterim = true;
    this.recordInterim(head);
    // We have already sent a 100 to the client.
    if (response.statusCode === 100 && this.request.held && this.incoming.expectsContinue) return;
    this.incoming.sendInterim(response, original);
  }

  /**
   * Limits the wait for the response head (`response_timeout`). The limit starts again while the request is still being
   * sent.
   */
  private limitWait(outgoing: OutgoingRequest): void {
    const { deadlines, options } = this.client.context.services;
    const { responseTimeout } = options;
    if (responseTimeout === 0) return;
    this.deadline ??= deadlines.create();
    const { deadline } = this;
    let { sent } = outgoing;
    const expired = (): void => {
      if (outgoing.sent > sent) {
        sent = outgoing.sent;
        deadline.set(responseTimeout);
        return;
      }
      outgoing.abort(
        new UpstreamError(`The server did not answer within ${responseTimeout} s (response_timeout).`, 504),
      );
    };
    deadline.onExpiry = expired;
    deadline.set(responseTimeout);
  }
}

function isSocketError(error: Error): boolean {
  return error instanceof UpstreamError || systemCode(firstError(error)) !== undefined;
}
