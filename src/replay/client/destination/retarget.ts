import { defaultPort, formatAuthority, type HostPort, parseAuthority } from '../../../flow/http/authority.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { hostKey } from '../../../flow/text/host-name.js';
import type { Target } from './target.js';

/** Finds the target of another mapped server. */
export type FindTarget = (host: string, port: number | undefined) => Target | undefined;

/**
 * Points a request to a target: scheme, host, port and the prefix of its path change; `Host`, and `Origin` and `Referer` of the same
 * or of another mapped server follow.
 * @param keepsHost whether `Host`, `Origin` and `Referer` stay as recorded
 */
export function retarget(request: HttpRequest, target: Target, keepsHost: boolean, findTarget: FindTarget): void {
  const { headers } = request;
  const hosts = keepsHost ? headers.getAll('host') : [];
  const { authority } = request;
  if (!keepsHost) {
    const own: Own = { ...parseAuthority(request.prettyAuthority)!, scheme: request.scheme, target };
    follow(request, 'origin', own, findTarget);
    follow(request, 'referer', own, findTarget);
  }
  // Each assignment rewrites `Host`.
  if (request.scheme !== target.scheme) request.scheme = target.scheme;
  if (request.port !== target.port) request.port = target.port;
  request.host = target.host;
  if (target.prefix !== '' && request.path !== '*') request.path = target.prefix + request.path;
  if (!keepsHost) return;
  if (hosts.length > 0) headers.set('Host', hosts);
  request.authority = authority;
}

/** The request's own server, as its client named it. */
interface Own extends HostPort {
  scheme: string;
  target: Target;
}

/** Changes the origin in a header; `Referer` gets the prefix of the path as well. */
function follow({ headers }: HttpRequest, name: 'origin' | 'referer', own: Own, findTarget: FindTarget): void {
  const value = headers.get(name);
  const [start, scheme, authority] = /^(https?):\/\/([^/?#]*)/i.exec(value ?? '') ?? [];
  if (scheme === undefined) return;
  const named = parseAuthority(authority!);
  if (!named) return;
  const port = named.port ?? defaultPort(scheme.toLowerCase())!;
  // A request that a load balancer has decrypted has the scheme http, while its client knows https.
  const isOwn = hostKey(named.host) === hostKey(own.host) && samePort(port, own.port ?? defaultPort(own.scheme));
  const target = isOwn ? own.target : findTarget(named.host, port);
  if (!target) return;
  const origin = `${target.scheme}://${formatAuthority(target.host, target.port, target.scheme)}`;
  headers.set(
    name === 'origin' ? 'Origin' : 'Referer',
    name === 'origin' ? origin : origin + target.prefix + value!.slice(start!.length),
  );
}

/** Whether ports are equal, or both the default of a scheme. */
function samePort(one: number, other: number | undefined): boolean {
  return one === other || (one === 443 && other === 80) || (one === 80 && other === 443);
}
