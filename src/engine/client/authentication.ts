import type { ClientConnection } from '../../flow/connection.js';
import type { Credentials } from '../../flow/hooks.js';
import { ClientGoneError } from '../errors.js';
import type { Services } from '../services.js';
import { parseBasic } from './basic-auth.js';

/** The client connection that has to authenticate. */
interface Authenticated {
  readonly services: Services;
  readonly client: ClientConnection;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
}

/** What one client connection has shown of who it is. Credentials are neither recorded nor passed on nor logged. */
export class Authentication {
  /** The connection was accepted as a whole: what comes on it is not asked again. */
  private whole = false;
  /** The field value that was accepted last; a client repeats it with each request. */
  private accepted: string | undefined;

  constructor(private readonly context: Authenticated) {}

  /** Whether the client has to say who it is before it is served. */
  get required(): boolean {
    return !this.whole && this.context.services.hooks.listens('authenticate');
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
    const { services, client } = this.context;
    const data = { client, credentials, accepted: false };
    const pending = services.hooks.emit('authenticate', data);
    if (pending) {
      const { signal } = this.context;
      // Guesses are answered slowly; a client that has left need not be waited for.
      await untilAborted(signal, pending);
      if (signal.aborted) throw new ClientGoneError();
    }
    if (!data.accepted) services.log.warn('Refused: the client gave wrong credentials.', client);
    return data.accepted;
  }
}

/** Waits for something, but not longer than until the signal is aborted. */
async function untilAborted(signal: AbortSignal, pending: Promise<void>): Promise<void> {
  if (signal.aborted) return;
  let stop = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal.addEventListener('abort', stop);
  await Promise.race([pending, aborted]);
  signal.removeEventListener('abort', stop);
}
