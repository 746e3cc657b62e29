import { formatAuthority } from '../../../flow/http/authority.js';
import { basicAuthorization, parseCredentials } from '../../client/basic-auth.js';
import type { ClientContext } from '../../client/client-context.js';
import type { EngineOptions } from '../../options.js';
import { eagerRoute } from '../../upstream/eager-route.js';
import type { Destination, FixedServer } from '../../upstream/route.js';
import type { ModeSpec } from '../mode-spec.js';
import type { ConnectionTarget, Mode } from './mode.js';

/** A reverse proxy in front of one server (RFC 9110 section 3.7, gateway). */
export class ReverseMode implements Mode {
  private readonly destination: Destination;
  private readonly fixed: FixedServer;

  constructor({ server }: ModeSpec, { keepHostHeader, upstreamAuth }: EngineOptions) {
    const { scheme, host, port } = server!;
    this.destination = { scheme: scheme === 'https' ? 'https' : 'http', host, port };
    this.fixed = {
      protocol: scheme as FixedServer['protocol'],
      hostHeader: keepHostHeader ? undefined : formatAuthority(host, port, scheme),
      authorization: upstreamAuth === undefined ? undefined : basicAuthorization(parseCredentials(upstreamAuth)),
    };
  }

  async resolveTarget(context: ClientContext): Promise<ConnectionTarget> {
    return { kind: 'routed', route: await eagerRoute(context, this.destination, this.fixed) };
  }
}
