export type { HostRules } from './client/passthrough/passthrough.js';
export { ListenError } from './errors.js';
export { type BoundSocket, bindSocket } from './listen/bound-socket.js';
export { listenerSpecs } from './listen/listener-spec.js';
export { ModeSpecError } from './listen/mode-spec.js';
export type { EngineOptions } from './options.js';
export { type Listening, ProxyEngine } from './proxy.js';
export type { ReplayClient } from './replay/replay-client.js';
export {
  type Authority,
  AuthorityError,
  ephemeralAuthority,
  type LoadedAuthority,
  loadAuthority,
} from './tls/authority/authority.js';
export { parseAuthority } from './tls/authority/authority-pem.js';
export { makeEcKey, makeRsaKey, type TlsSecrets } from './tls/authority/leaf-keys.js';
export { KeyLog } from './tls/key-log.js';
export { TlsOptionError } from './tls/tls-errors.js';
export type { DeferredServers } from './upstream/deferred-servers.js';
export { allPermits, type ConnectionPermit, type WantedConnection } from './upstream/permit.js';
