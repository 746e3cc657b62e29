import type { ClientConnection } from '../../flow/connection.js';
import type { Credentials } from '../../flow/hooks/hooks.js';
import { ClientGoneError } from '../errors.js';
import type { LeaveSignal } from '../net/leave-signal.js';
import type { Services } from '../services.js';
import { parseBasic } from './basic-auth.js';

/** The client connection to authenticate. */
interface Authenticated {
  readonly services: Services;
  readonly client: ClientConnection;
  /** Aborted when the client has left. */
  readonly signal: LeaveSignal;
}

/** Authentication state of one client connection. Credentials are never recorded, logged or forwarded. */
export class Authentication {
  /** The whole connection is authenticated; its requests are not checked again. */
  private whole = false;
  /** The last accepted field value; a client repeats it with each request. */
  private accepted: string | undefined;

  constructor(private readonly context: Authenticated) {}

  /** Whether the client has to authenticate before it is served. */
  get required(): boolean {
    return !this.whole && this.context.services.hooks.listens('authenticate');
  }

  /**
   * Checks the credentials of a request.
   * @param value of `Proxy-Authorization` or `Authorization`
   * @returns whether the request may be served; a promise only if addons have to check the credentials. It rejects with
   * ClientGoneError if the client leaves first
   */
  checkRequest(value: string | undefined): boolean | Promise<boolean> {
    if (value === undefined) return false;
    if (value === this.accepted) return true;
    const credentials = parseBasic(value);
    if (!credentials) return false;
    return this.check(credentials).then((accepted) => {
      if (accepted) this.accepted = value;
      return accepted;
    });
  }

  /**
   * Checks credentials for the whole connection, as a SOCKS5 handshake sends them.
   * @returns whether to continue
   * @throws ClientGoneError
   */
  async checkConnection(credentials: Credentials): Promise<boolean> {
    this.whole = await this.check(credentials);
    return this.whole;
  }

  /** Accepts the rest of this connection without a check: an outer layer was authenticated. */
  acceptConnection(): void {
    this.whole = true;
  }

  private async check(credentials: Credentials): Promise<boolean> {
    const { services, client } = this.context;
    const data = { client, credentials, accepted: false };
    const pending = services.hooks.emit('authenticate', data);
    if (pending) {
      const { signal } = this.context;
      // Wrong credentials are answered slowly; stop waiting when the client has left.
      await untilAborted(signal, pending);
      if (signal.aborted) throw new ClientGoneError();
    }
    if (!data.accepted) services.log.warn('Refused: wrong credentials.', client);
    return data.accepted;
  }
}

/** Waits for `pending`, or until the signal is aborted. */
async function untilAborted(signal: LeaveSignal, pending: Promise<void>): Promise<void> {
  if (signal.aborted) return;
  let stop = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal.addEventListener('abort', stop);
  await Promise.race([pending, aborted]);
  signal.removeEventListener('abort', stop);
}
