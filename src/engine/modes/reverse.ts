import { formatAuthority } from '../../flow/authority.js';
import { basicAuthorization, parseCredentials } from '../basic-auth.js';
import type { ClientContext } from '../client-context.js';
import type { ModeSpec } from '../mode-spec.js';
import type { EngineOptions } from '../options.js';
import type { Destination, FixedServer } from '../route.js';
import { eagerRoute } from './eager-route.js';
import type { Entrance, Mode } from './mode.js';

/** Stands in front of one server: clients take us for it (RFC 9110 section 3.7, gateway). */
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

  async enter(context: ClientContext): Promise<Entrance> {
    return { kind: 'routed', route: await eagerRoute(context, this.destination, this.fixed) };
  }
}
