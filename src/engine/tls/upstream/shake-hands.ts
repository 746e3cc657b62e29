import { isIP } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import type { ClientContext } from '../../client/client-context.js';
import { readAfterFailure } from '../../net/read-after-failure.js';
import type { ServerChannel } from '../../upstream/server-channel.js';
import type { ServerHandshake } from './server-handshake.js';

/** What a handshake uses, besides its parameters, and what it finds. */
export interface HandshakeParts {
  readonly secureContext: SecureContext;
  /** To resume. */
  readonly session: Buffer | undefined;
  readonly received: ReceivedSessions;
  readonly verification: NameVerification;
}

/**
 * Performs the handshake with a server. A failed verification does not fail it: the client gets the reason.
 * @throws Error with the reason, also after `connect_timeout`
 */
export function shakeHands(
  context: ClientContext,
  tcp: ServerChannel,
  { name, identity, alpnOffers }: ServerHandshake,
  { secureContext, session, received, verification }: HandshakeParts,
): Promise<TLSSocket> {
  const { tls, options } = context.services;
  return new Promise((resolve, reject) => {
    // A server that ends its side during the handshake has left. After the handshake, that is a half-close.
    tcp.stream.allowHalfOpen = false;
    const stream = connect({
      socket: tcp.stream,
      secureContext,
      servername: sniFor(name) ?? '',
      ...(alpnOffers.length > 0 ? { ALPNProtocols: [...alpnOffers] } : {}),
      session,
      rejectUnauthorized: false,
      checkServerIdentity: (_host, certificate) => {
        const mismatch = identity.mismatch(certificate);
        verification.mismatch = mismatch;
        return mismatch === undefined ? undefined : new Error(mismatch);
      },
    });
    readAfterFailure(stream);
    stream.on('error', (error) => {
      reject(error);
      // Node leaves the connection open after an error of TLS. Users of the stream handle `close`.
      stream.destroy(error);
    });
    const timer = setTimeout(
      () => stream.destroy(new Error(`no response within ${options.connectTimeout} s`)),
      options.connectTimeout * 1000 || 0x7fffffff,
    );
    const closed = (): void => {
      clearTimeout(timer);
      reject(new Error('the server closed the connection'));
    };
    stream.once('close', closed);
    stream.on('session', received.receive);
    stream.once('secureConnect', () => {
      clearTimeout(timer);
      stream.off('close', closed);
      stream.allowHalfOpen = true;
      resolve(stream);
    });
    if (tls.keyLog) stream.on('keylog', (line) => tls.keyLog!.write(line));
  });
}

/** What the check of the server's name has found. */
export interface NameVerification {
  /** Why the certificate is not for the server's name; undefined if it is, or if it was not checked. */
  mismatch: string | undefined;
}

/** The TLS sessions of a connection. They are stored only when the server's certificate is verified. */
export class ReceivedSessions {
  /** With TLS 1.2 a session arrives at the end of the handshake, with TLS 1.3 later. */
  private readonly early: Buffer[] = [];
  private store: ((session: Buffer) => void) | undefined;

  readonly receive = (session: Buffer): void => {
    if (this.store) this.store(session);
    else this.early.push(session);
  };

  /** @param store called for the sessions so far, and for each later one */
  accept(store: (session: Buffer) => void): void {
    this.store = store;
    for (const session of this.early.splice(0)) store(session);
  }
}

/** An SNI contains no addresses, and no final dot (RFC 6066 section 3). */
export function sniFor(name: string | undefined): string | undefined {
  return name === undefined || isIP(name) ? undefined : name;
}
