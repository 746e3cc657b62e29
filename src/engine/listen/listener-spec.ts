import { formatHostPort } from '../../flow/http/authority.js';
import type { EngineOptions } from '../options.js';
import { type ModeSpec, ModeSpecError, parseModeSpec } from './mode-spec.js';

/** A mode and its listening address. */
export interface ListenerSpec {
  spec: ModeSpec;
  /** Empty for all addresses of this machine. */
  host: string;
  /** 0 for a free port. */
  port: number;
}

/** The listening address of each mode. @throws ModeSpecError if a spec is invalid, or two specs share an address */
export function listenerSpecs({ mode, listenHost, listenPort }: ListenOptions): ListenerSpec[] {
  const seen = new Map<string, string>();
  return mode.map((text) => {
    const spec = parseModeSpec(text);
    const host = spec.listenHost ?? listenHost;
    const port = spec.listenPort ?? listenPort ?? spec.defaultPort;
    const where = host === '' ? `*:${port}` : formatHostPort(host, port);
    const other = seen.get(where);
    if (other !== undefined && port !== 0) {
      throw new ModeSpecError(
        `The modes ${JSON.stringify(other)} and ${JSON.stringify(spec.text)} cannot both listen at ${where}. Choose a different port for one of them: ${spec.text.replace(/@[^@]*$/, '')}@PORT.`,
      );
    }
    seen.set(where, spec.text);
    return { spec, host, port };
  });
}

type ListenOptions = Pick<EngineOptions, 'mode' | 'listenHost' | 'listenPort'>;
