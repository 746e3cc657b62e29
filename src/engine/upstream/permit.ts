import type { Address, ClientConnection, ServerConnection, Via } from '../../flow/connection.js';
import type { ErrorCode } from '../../flow/error-codes.js';
import { UpstreamError } from '../errors.js';

/** A connection to a server that is about to be opened. */
export interface WantedConnection {
  /** The server's address from the request or an addon; its name has not been resolved. */
  readonly address: Address;
  /** The upstream proxy of the connection; undefined for a direct connection. */
  readonly via: Via | undefined;
  /**
   * Whether the connection is for a recorded or synthetic request (`flow.replay`, client replay) instead of a client of a
   * listener.
   */
  readonly isReplay: boolean;
  readonly client: ClientConnection;
}

/** The reason why a connection is refused. */
interface ConnectionRefusal {
  /** A sentence for the flow's error and for the client's error page. */
  readonly message: string;
  /** The code of the flow's error; `not-permitted` by default. */
  readonly code?: ErrorCode;
  /** The status of the client's error page; 502 by default. */
  readonly status?: number;
}

/**
 * Decides whether a connection to a server may be opened. Called for each connection after all hooks, before its name is
 * resolved and its socket is opened.
 */
export type ConnectionPermit = (wanted: WantedConnection) => ConnectionRefusal | undefined;

/** The client of the connection, and the permit of its engine. */
interface PermitContext {
  readonly services: { readonly permitConnection?: ConnectionPermit | undefined };
  readonly client: ClientConnection;
  readonly isReplay: boolean;
}

/** @throws UpstreamError with the refusal's code, if the connection must not be opened */
export function checkPermit(
  { services, client, isReplay }: PermitContext,
  { address, via }: Pick<ServerConnection, 'address' | 'via'>,
): void {
  const refusal = services.permitConnection?.({ address: address!, via, isReplay, client });
  if (!refusal) return;
  const { message, status = 502, code = 'not-permitted' } = refusal;
  throw new UpstreamError(message, status, undefined, code);
}

/** Combines permits: a connection is refused if one of them refuses it. @returns undefined without permits */
export function allPermits(permits: readonly ConnectionPermit[]): ConnectionPermit | undefined {
  if (permits.length < 2) return permits[0];
  return (wanted) => {
    for (const permit of permits) {
      const refusal = permit(wanted);
      if (refusal) return refusal;
    }
    return undefined;
  };
}
