export { ListenError } from './errors.js';
export { ModeSpecError, parseModeSpec } from './mode-spec.js';
export type { EngineOptions } from './options.js';
export { type EngineServices, ProxyEngine } from './proxy.js';
