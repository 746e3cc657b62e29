import type { SecureContext } from 'node:tls';
import type { EngineOptions } from '../options.js';
import type { Authority } from './authority.js';
import { ClientHandshakes } from './client-side.js';
import type { KeyLog } from './key-log.js';
import { LeafCache } from './leaf-cache.js';
import { clientSideOptions, serverSideContext } from './tls-options.js';
import { UpstreamSessions } from './upstream-sessions.js';

/** What interception works with. One for each engine. */
export interface TlsServices {
  readonly leaves: LeafCache;
  readonly clients: ClientHandshakes;
  readonly sessions: UpstreamSessions;
  /** Made when the first server is connected to: reading the roots takes a while. */
  readonly serverContext: SecureContext;
  readonly keyLog: KeyLog | undefined;
}

/** @throws TlsOptionError */
export function createTlsServices(
  options: EngineOptions,
  authority: Authority,
  keyLog: KeyLog | undefined,
): TlsServices {
  let serverContext: SecureContext | undefined;
  // Settings that cannot be used are found at the start; only the usual ones may be put off.
  if (options.sslVerifyUpstreamTrustedCa || options.ciphersServer) serverContext = serverSideContext(options);
  return {
    leaves: new LeafCache(authority, { context: clientSideOptions(options) }),
    clients: new ClientHandshakes(keyLog),
    sessions: new UpstreamSessions(),
    keyLog,
    get serverContext() {
      serverContext ??= serverSideContext(options);
      return serverContext;
    },
  };
}
