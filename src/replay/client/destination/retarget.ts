import { defaultPort, formatAuthority, parseAuthority } from '../../../flow/http/authority.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { hostKey } from '../../../flow/text/host-name.js';
import type { ReplayTarget } from './target.js';

/** Finds the target for a mapped server. */
export type FindTarget = (host: string, port: number | undefined) => ReplayTarget | undefined;

/**
 * Redirects a request to a target: sets scheme, host and port, and adds the path prefix. `Host` is updated too, and `Origin`
 * and `Referer` if they name this or another mapped server.
 * @param keepsHost whether `Host`, `Origin` and `Referer` stay as recorded
 */
export function retarget(request: HttpRequest, target: ReplayTarget, keepsHost: boolean, findTarget: FindTarget): void {
  const { headers } = request;
  const hosts = keepsHost ? headers.getAll('host') : [];
  const { authority } = request;
  if (!keepsHost) {
    for (const name of ['origin', 'referer'] as const) {
      const value = headers.get(name);
      if (value !== undefined) follow(request, name, value, target, findTarget);
    }
  }
  request.moveTo(target.scheme, target.host, target.port);
  if (target.prefix !== '' && request.path !== '*') request.path = target.prefix + request.path;
  if (!keepsHost) return;
  if (hosts.length > 0) headers.set('Host', hosts);
  request.authority = authority;
}

/**
 * Replaces the origin in a header field. `Referer` also gets the path prefix.
 * @param ownTarget the target for the server of the request
 */
function follow(
  { headers, prettyAuthority, scheme: ownScheme }: HttpRequest,
  name: 'origin' | 'referer',
  value: string,
  ownTarget: ReplayTarget,
  findTarget: FindTarget,
): void {
  const [start, scheme, authority] = /^(https?):\/\/([^/?#]*)/i.exec(value) ?? [];
  if (scheme === undefined) return;
  const named = parseAuthority(authority!);
  if (!named) return;
  const port = named.port ?? defaultPort(scheme.toLowerCase())!;
  // Behind a load balancer that terminates TLS, a recorded request has the scheme http, but its client used https.
  const own = parseAuthority(prettyAuthority)!;
  const isOwn = hostKey(named.host) === hostKey(own.host) && samePort(port, own.port ?? defaultPort(ownScheme));
  const target = isOwn ? ownTarget : findTarget(named.host, port);
  if (!target) return;
  const origin = `${target.scheme}://${formatAuthority(target.host, target.port, target.scheme)}`;
  headers.set(
    name === 'origin' ? 'Origin' : 'Referer',
    name === 'origin' ? origin : origin + target.prefix + value.slice(start!.length),
  );
}

/** Whether ports are equal, or both are default ports. */
function samePort(one: number, other: number | undefined): boolean {
  return one === other || (one === 443 && other === 80) || (one === 80 && other === 443);
}
