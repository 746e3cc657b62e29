import { parseModeSpec } from '../listen/mode-spec.js';
import { UpstreamMode } from '../listen/modes/upstream.js';
import type { EngineOptions } from '../options.js';
import type { UpstreamProxy } from '../upstream/dial/upstream-proxy.js';

/**
 * The upstream proxy for replayed requests.
 * @param otherwise for modes without one of their own
 * @param recorded the mode in the recorded flow; if it is not configured, the first mode is used
 */
export function replayUpstreamProxy(
  options: EngineOptions,
  otherwise: UpstreamProxy | undefined,
  recorded?: string,
): UpstreamProxy | undefined {
  const specs = options.mode.map(parseModeSpec);
  const spec = specs.find(({ text }) => text === recorded) ?? specs[0];
  return spec?.mode === 'upstream' ? new UpstreamMode(spec, options).upstreamProxy : otherwise;
}
