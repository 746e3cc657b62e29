import type { EngineOptions } from '../../options.js';
import type { ModeName, ModeSpec } from '../mode-spec.js';
import type { Mode } from './mode.js';
import { UpstreamMode } from './upstream.js';

/** Creates the mode of a spec. Most modes are loaded on first use. @throws ListenError if it does not work on this system */
type ModeFactory = (spec: ModeSpec, options: EngineOptions) => Promise<Mode>;

const MODES: Readonly<Record<ModeName, ModeFactory>> = {
  regular: async () => new (await import('./regular.js')).RegularMode(),
  upstream: async (spec, options) => new UpstreamMode(spec, options),
  reverse: async (spec, options) => new (await import('./reverse.js')).ReverseMode(spec, options),
  socks5: async () => new (await import('../../socks5/server.js')).Socks5Mode(),
  transparent: async () => (await import('./transparent.js')).TransparentMode.load(),
};

/** @throws ListenError if the mode does not work on this system */
export async function createMode(spec: ModeSpec, options: EngineOptions): Promise<Mode> {
  return MODES[spec.mode](spec, options);
}
