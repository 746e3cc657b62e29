import { isIP } from 'node:net';
import type { HttpFlow } from '../../flow/flow.js';
import { defaultPort, formatAuthority, parseAuthority } from '../../flow/http/authority.js';

/** The URL for sending a request again, and the details that a URL cannot express. */
export interface RequestUrl {
  scheme: string;
  /** Host and port, as clients put it into `Host`. */
  authority: string;
  host: string;
  port: number;
  /** The value of `Host` if it differs from the authority; empty if the request had no `Host`. */
  hostField: string | undefined;
  /** The address of the server if the URL names another. */
  address: { host: string; port: number } | undefined;
}

interface RequestUrlOptions {
  /** Uses the name in `Host` for a request to an address, because the server's certificate is for the name. */
  readonly byName: boolean;
  /** Keeps the address that the name of the server resolved to. */
  readonly keepAddress: boolean;
}

export function requestUrl({ request, server }: HttpFlow, { byName, keepAddress }: RequestUrlOptions): RequestUrl {
  const { scheme } = request;
  const destination = { host: request.host, port: request.port };
  let { host, port } = destination;
  const named = request.headers.get('host') ?? request.authority;
  const name = byName && isIP(host) ? parseAuthority(named) : undefined;
  if (name && isName(name.host)) {
    host = name.host;
    port = name.port ?? defaultPort(scheme) ?? port;
  }
  const authority = formatAuthority(host, port, scheme);
  const moved = host !== destination.host || port !== destination.port;
  const peer = keepAddress && !isIP(host) ? server.peer?.[0] : undefined;
  const address = moved ? destination : peer !== undefined ? { host: peer, port } : undefined;
  return { scheme, authority, host, port, address, hostField: named === authority ? undefined : named };
}

function isName(host: string): boolean {
  return /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i.test(host) && !isIP(host);
}
