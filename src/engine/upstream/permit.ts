import type { Address, ClientConnection, ServerConnection, Via } from '../../flow/connection.js';
import type { ErrorCode } from '../../flow/error-codes.js';
import { UpstreamError } from '../errors.js';

/** A connection to a server that is about to be opened. */
export interface WantedConnection {
  /** The server as the request or an addon named it; no name has been looked up. */
  readonly address: Address;
  /** The upstream proxy that would open it; undefined for a direct connection. */
  readonly via: Via | undefined;
  /** For a recorded or synthetic request (`flow.replay`, client replay), and not for a client of a listener. */
  readonly isReplay: boolean;
  readonly client: ClientConnection;
}

/** Why a connection is not opened. */
interface ConnectionRefusal {
  /** A sentence for the flow's error and for the client's error page. */
  readonly message: string;
  /** The code of the flow's error; `not-permitted` by default. */
  readonly code?: ErrorCode;
  /** The status of the client's error page; 502 by default. */
  readonly status?: number;
}

/**
 * Decides whether a connection to a server may be opened. It is called for every connection, after all hooks, before any
 * name is looked up and any socket is opened.
 */
export type ConnectionPermit = (wanted: WantedConnection) => ConnectionRefusal | undefined;

/** For which client the connection is opened. */
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

/** A permit that refuses what any of several refuses; undefined if there are none. */
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
