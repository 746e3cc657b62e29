import type { Via } from '../../../flow/connection.js';
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
    const via: Via = { scheme: scheme as Via['scheme'], address: [host, port] };
    const known = credentials ?? (upstreamAuth === undefined ? undefined : parseCredentials(upstreamAuth));
    this.upstreamProxy = {
      select: ([target, targetPort]) => (direct.matches(target, targetPort) ? undefined : via),
      credentialsFor: (other) => (other === via ? known : undefined),
    };
  }

  resolveTarget(): ConnectionTarget {
    return { kind: 'explicit' };
  }
}
