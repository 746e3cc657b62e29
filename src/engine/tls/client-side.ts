import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Leaf } from './authority/leaf-cache.js';
import type { KeyLog } from './key-log.js';

/** What lies under a TLS socket that a `tls.Server` made; Node has no public name for it, and wraps what is no socket. */
interface WrappedSocket {
  readonly _parent?: Socket & { readonly stream?: Duplex };
}

interface Waiting {
  resolve(stream: TLSSocket): void;
  reject(error: Error): void;
}

/** The client was gone before it could be shown a certificate. */
export class LeftEarlyError extends Error {
  override name = 'LeftEarlyError';
  constructor() {
    super('The client left');
  }
}

/**
 * Handshakes with clients. Node asks for a certificate by SNI only, and a client may send none; so each leaf and ALPN
 * answer has a `tls.Server` of its own, which never listens: connections are handed to it when all is known.
 */
export class ClientHandshakes {
  /** Servers live as long as their leaf is in the cache. */
  private readonly servers = new WeakMap<Leaf, Map<string | undefined, Server>>();
  private readonly waiting = new WeakMap<Duplex, Waiting>();

  /** @param requestCertificate ask clients for a certificate; whatever they send, or nothing, is accepted */
  constructor(
    private readonly keyLog: KeyLog | undefined,
    private readonly requestCertificate = false,
  ) {}

  /**
   * Goes on with a handshake whose ClientHello is still to be read from the socket, which must not be flowing.
   * @param alpn the protocol that is answered; undefined answers none
   * @param timeout in seconds
   * @returns rejects with Node's error if the client does not go along
   */
  accept(socket: Duplex, leaf: Leaf, alpn: string | undefined, timeout: number): Promise<TLSSocket> {
    // It tells nobody any more.
    if (socket.destroyed) return Promise.reject(new LeftEarlyError());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          reject(new Error(`no end of the handshake within ${timeout} s`));
          socket.destroy();
        },
        timeout * 1000 || 0x7fffffff,
      );
      const settled = (): void => {
        clearTimeout(timer);
        socket.off('close', gone);
        this.waiting.delete(socket);
      };
      const gone = (): void => waiting.reject(new Error('The client closed the connection'));
      const waiting: Waiting = {
        resolve: (stream) => {
          settled();
          stream.allowHalfOpen = true;
          resolve(stream);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      this.waiting.set(socket, waiting);
      socket.once('close', gone);
      // A client that ends its side inside the handshake has left; afterwards it may be just that.
      if (socket instanceof Socket) socket.allowHalfOpen = false;
      this.serverFor(leaf, alpn).emit('connection', socket);
    });
  }

  private serverFor(leaf: Leaf, alpn: string | undefined): Server {
    let byAlpn = this.servers.get(leaf);
    if (!byAlpn) {
      byAlpn = new Map();
      this.servers.set(leaf, byAlpn);
    }
    let server = byAlpn.get(alpn);
    if (!server) {
      server = this.createServer(leaf, alpn);
      byAlpn.set(alpn, server);
    }
    return server;
  }

  private createServer(leaf: Leaf, alpn: string | undefined): Server {
    const server = createServer({
      ...leaf.contextOptions,
      ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
      requestCert: this.requestCertificate,
      rejectUnauthorized: false,
    });
    server.on('secureConnection', (stream) => {
      // Errors of later end in 'close', which everybody listens to.
      stream.on('error', () => {});
      this.waitingFor(stream)?.resolve(stream);
    });
    server.on('tlsClientError', (error, stream) => {
      stream.on('error', () => {});
      this.waitingFor(stream)?.reject(error);
    });
    if (this.keyLog) server.on('keylog', (line) => this.keyLog!.write(line));
    return server;
  }

  private waitingFor(stream: TLSSocket): Waiting | undefined {
    const below = (stream as WrappedSocket)._parent;
    return below && (this.waiting.get(below) ?? (below.stream && this.waiting.get(below.stream)));
  }
}
