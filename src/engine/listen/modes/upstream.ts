import { parseCredentials } from '../../client/basic-auth.js';
import type { EngineOptions } from '../../options.js';
import { NoProxy } from '../../upstream/dial/no-proxy.js';
import type { UpstreamProxy } from '../../upstream/dial/upstream-proxy.js';
import type { ModeSpec } from '../mode-spec.js';
import type { ConnectionTarget, Mode } from './mode.js';

/** An explicit proxy that reaches servers through an upstream proxy. */
export class UpstreamMode implements Mode {
  readonly upstreamProxy: UpstreamProxy;

  constructor({ server }: ModeSpec, { noProxy, upstreamAuth }: EngineOptions) {
    const { scheme, host, port, credentials } = server!;
    const direct = new NoProxy(noProxy);
    this.upstreamProxy = {
      via: { scheme: scheme as UpstreamProxy['via']['scheme'], address: [host, port] },
      credentials: credentials ?? (upstreamAuth === undefined ? undefined : parseCredentials(upstreamAuth)),
      bypasses: (target) => direct.matches(target),
    };
  }

  resolveTarget(): ConnectionTarget {
    return { kind: 'explicit' };
  }
}
