import { formatHostPort } from '../../flow/http/authority.js';
import { ListenError, socketErrorText } from '../errors.js';
import type { ListenerSpec } from './listeners.js';

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
