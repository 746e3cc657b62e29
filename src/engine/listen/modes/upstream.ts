import { parseCredentials } from '../../client/basic-auth.js';
import type { EngineOptions } from '../../options.js';
import { NoProxy } from '../../upstream/dial/no-proxy.js';
import type { ParentProxy } from '../../upstream/dial/parent-proxy.js';
import type { ModeSpec } from '../mode-spec.js';
import type { Entrance, Mode } from './mode.js';

/** An explicit proxy that reaches servers through another one, its parent. */
export class UpstreamMode implements Mode {
  readonly parent: ParentProxy;

  constructor({ server }: ModeSpec, { noProxy, upstreamAuth }: EngineOptions) {
    const { scheme, host, port, credentials } = server!;
    const direct = new NoProxy(noProxy);
    this.parent = {
      via: { scheme: scheme as ParentProxy['via']['scheme'], address: [host, port] },
      credentials: credentials ?? (upstreamAuth === undefined ? undefined : parseCredentials(upstreamAuth)),
      bypasses: (target) => direct.matches(target),
    };
  }

  enter(): Entrance {
    return { kind: 'explicit' };
  }
}
