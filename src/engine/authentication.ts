import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ClientConnection } from '../flow/connection.js';
import type { Credentials } from '../flow/hooks.js';
import { parseBasic } from './basic-auth.js';
import { ClientGoneError } from './errors.js';
import type { Services } from './services.js';

/** What one client connection has shown of who it is. Credentials are neither recorded nor passed on nor logged. */
export class Authentication {
  /** The connection was accepted as a whole: what comes on it is not asked again. */
  private whole = false;
  /** The field value that was accepted last; a client repeats it with each request. */
  private accepted: string | undefined;

  /** @param socket of the client */
  constructor(
    private readonly services: Services,
    private readonly client: ClientConnection,
    private readonly socket: Socket,
  ) {}

  /** Whether the client has to say who it is before it is served. */
  get required(): boolean {
    return !this.whole && this.services.hooks.listens('authenticate');
  }

  /**
   * Looks at the credentials of a request.
   * @param value of `Proxy-Authorization` or `Authorization`
   * @returns whether the request may be served; a promise only if somebody has to be asked, which rejects with
   * ClientGoneError if the client leaves meanwhile
   */
  request(value: string | undefined): boolean | Promise<boolean> {
    if (value === undefined) return false;
    if (value === this.accepted) return true;
    const credentials = parseBasic(value);
    if (!credentials) return false;
    return this.ask(credentials).then((accepted) => {
      if (accepted) this.accepted = value;
      return accepted;
    });
  }

  /**
   * Looks at credentials for all of the connection, as a SOCKS5 handshake has them. @returns whether to go on
   * @throws ClientGoneError
   */
  async connection(credentials: Credentials): Promise<boolean> {
    this.whole = await this.ask(credentials);
    return this.whole;
  }

  /** What comes on this connection from now on is not asked: it is inside something that was. */
  acceptConnection(): void {
    this.whole = true;
  }

  private async ask(credentials: Credentials): Promise<boolean> {
    const { services, client, socket } = this;
    const data = { client, credentials, accepted: false };
    const pending = services.hooks.emit('authenticate', data);
    if (pending) {
      const over = new AbortController();
      // Guesses are answered slowly; who has left need not be waited for.
      const left = once(socket, 'close', { signal: over.signal }).catch(() => {});
      await Promise.race([pending, left]);
      over.abort();
      if (socket.destroyed) throw new ClientGoneError();
    }
    if (!data.accepted) services.log.warn('Refused: the client gave wrong credentials.', client);
    return data.accepted;
  }
}
