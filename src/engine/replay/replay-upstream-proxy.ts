import { parseModeSpec } from '../listen/mode-spec.js';
import { UpstreamMode } from '../listen/modes/upstream.js';
import type { EngineOptions } from '../options.js';
import type { UpstreamProxy } from '../upstream/dial/upstream-proxy.js';

/**
 * The upstream proxy that replayed requests go through.
 * @param recorded the mode of the listener that a flow came in at; if it is none of ours, the first mode counts
 */
export function replayUpstreamProxy(options: EngineOptions, recorded?: string): UpstreamProxy | undefined {
  const specs = options.mode.map(parseModeSpec);
  const spec = specs.find(({ text }) => text === recorded) ?? specs[0];
  return spec?.mode === 'upstream' ? new UpstreamMode(spec, options).upstreamProxy : undefined;
}
