import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Leaf } from './authority/leaf-cache.js';
import type { KeyLog } from './key-log.js';

/** The stream below a TLS socket of a `tls.Server`. Node has no public API for it, and wraps streams other than sockets. */
interface WrappedSocket {
  readonly _parent?: Socket & { readonly stream?: Duplex };
}

interface Waiting {
  resolve(stream: TLSSocket): void;
  reject(error: Error): void;
}

/** The client left before the handshake began. */
export class LeftEarlyError extends Error {
  override name = 'LeftEarlyError';
  constructor() {
    super('The client left');
  }
}

/**
 * TLS handshakes with clients. Node selects a certificate by SNI only, which a client may omit; so each leaf and ALPN
 * protocol has a `tls.Server` of its own. It never listens: connections are emitted to it when leaf and protocol are
 * known.
 */
export class ClientHandshakes {
  /** Servers live as long as the cache keeps their leaf. */
  private readonly servers = new WeakMap<Leaf, Map<string | undefined, Server>>();
  private readonly waiting = new WeakMap<Duplex, Waiting>();

  /** @param requestCertificate request a client certificate. The client may send any certificate, or none. */
  constructor(
    private readonly keyLog: KeyLog | undefined,
    private readonly requestCertificate = false,
  ) {}

  /**
   * Continues a handshake whose ClientHello is still unread in the socket, which must be paused.
   * @param alpn the negotiated protocol; undefined for a handshake without ALPN
   * @param timeout in seconds
   * @returns rejects with Node's error if the handshake fails
   */
  accept(socket: Duplex, leaf: Leaf, alpn: string | undefined, timeout: number): Promise<TLSSocket> {
    // A destroyed socket emits no more events.
    if (socket.destroyed) return Promise.reject(new LeftEarlyError());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          reject(new Error(`handshake not completed within ${timeout} s`));
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
      // A client that ends its side during the handshake has left. After the handshake, that is a half-close.
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
      // Node leaves the connection open after an error of TLS. Sessions handle `close`.
      stream.on('error', (error) => stream.destroy(error));
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
