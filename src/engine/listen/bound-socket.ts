import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { getSystemErrorMap } from 'node:util';
import { formatHostPort } from '../../flow/http/authority.js';
import { ListenError, socketErrorText } from '../errors.js';
import type { ListenerSpec } from './listener-spec.js';

/**
 * A TCP socket that is bound to an address, and does not accept connections. It may be sent to child processes, and any number
 * of servers in any number of processes can listen on it.
 */
export interface BoundSocket {
  close(): void;
  getsockname(into: { port?: number }): number;
}

/** Node's internal function for binding, which `node:cluster` uses. It has no public equivalent. */
interface BindingNet {
  /** @returns a negative error number on failure */
  _createServerHandle?(
    address: string,
    port: number,
    addressType: 4 | 6,
    fd: undefined,
    flags: number,
  ): BoundSocket | number;
}

/** Binds the socket of a listener. @throws ListenError */
export async function bindSocket(listener: ListenerSpec): Promise<BoundSocket> {
  const { host, port } = listener;
  try {
    // As `net.Server.listen` does without a host: all addresses of both families, if the system has IPv6.
    if (host === '') return bind('::', 6, port) ?? required(bind('0.0.0.0', 4, port));
    const { address, family } = await lookup(host);
    return required(bind(address, family === 6 ? 6 : 4, port));
  } catch (error) {
    throw error instanceof ListenError ? error : listenFailure(listener, error as NodeJS.ErrnoException);
  }

  function required(socket: BoundSocket | undefined): BoundSocket {
    if (socket) return socket;
    throw new ListenError('This version of Node.js cannot share listeners between processes: set workers to 1.');
  }
}

/** @returns undefined if the family is not available @throws Error of the system */
function bind(address: string, family: 4 | 6, port: number): BoundSocket | undefined {
  const bound = (net as BindingNet)._createServerHandle?.(address, port, family, undefined, 0);
  if (bound === undefined) return undefined;
  if (typeof bound === 'number') {
    const [code, text] = getSystemErrorMap().get(bound) ?? [String(bound), ''];
    if (address === '::' && NO_IPV6.has(code)) return undefined;
    throw Object.assign(new Error(text), { code, errno: bound, syscall: 'bind', address, port });
  }
  // libuv reports an address in use only when the socket listens, and listening in another process would take any free port.
  const own: { port?: number } = {};
  bound.getsockname(own);
  if (own.port && (port === 0 || own.port === port)) return bound;
  bound.close();
  throw Object.assign(new Error('address already in use'), { code: 'EADDRINUSE', syscall: 'bind', address, port });
}

const NO_IPV6: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/** The error of a listener that cannot be opened, with its address and a hint. */
export function listenFailure({ spec, host, port }: ListenerSpec, error: NodeJS.ErrnoException): ListenError {
  const hint =
    error.code === 'EADDRINUSE'
      ? ` Choose another with ${spec.listenPort === undefined ? '--listen-port or ' : ''}--mode ${withPort(spec.text)}, or 0 for a free one.`
      : '';
  const where = host === '' ? `*:${port}` : formatHostPort(host, port);
  return new ListenError(`${spec.description} failed to listen on ${where}: ${reason(error)}.${hint}`);
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'the address is in use';
  if (error.code === 'EACCES') return 'permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)';
  return socketErrorText(error);
}

function withPort(spec: string): string {
  return `${spec.replace(/@[^@]*$/, '')}@PORT`;
}
