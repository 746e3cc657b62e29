import type { Server } from 'node:net';
import { type Address, formatAddress } from '../../../flow/connection.js';
import type { ClientContext } from '../../client/client-context.js';
import { ClientGoneError } from '../../errors.js';
import type { SocketChannel } from '../../net/channel.js';
import { eagerRoute } from '../../upstream/eager-route.js';
import { connectsEarly } from '../../upstream/stand-in.js';
import { loadPlatform } from '../platform/load-platform.js';
import type { Platform } from '../platform/platform.js';
import type { ConnectionTarget, Mode } from './mode.js';

/** A transparent proxy: the system redirects connections to us and knows their original destinations. */
export class TransparentMode implements Mode {
  constructor(private readonly platform: Platform) {}

  /** @throws ListenError if the system does not support it */
  static async load(): Promise<TransparentMode> {
    return new TransparentMode(await loadPlatform(process.platform));
  }

  prepare(listener: Server): string[] {
    return this.platform.prepare(listener);
  }

  async resolveTarget(context: ClientContext, channel: SocketChannel): Promise<ConnectionTarget> {
    const { services, client } = context;
    const refuse = (reason: string): ConnectionTarget => {
      services.log.error(`Transparent mode failure: ${reason}.`, client);
      channel.destroy();
      return ENDED;
    };
    let destination: Address;
    try {
      const found = this.platform.originalDestination(channel.socket);
      destination = found instanceof Promise ? await found : found;
    } catch (error) {
      if (channel.destroyed) throw new ClientGoneError();
      return refuse((error as Error).message);
    }
    client.local = destination;
    if (services.isOwnListener(destination)) {
      return refuse(`the connection to ${formatAddress(destination)} was made directly, not redirected`);
    }
    if (services.outboundSockets.has(client.peer!, destination)) {
      const end = formatAddress(destination);
      return refuse(
        `the connection to ${end} is tsdump's own; exempt its user from the redirection (docs/transparent.md)`,
      );
    }
    const [host, port] = destination;
    const route = await eagerRoute(context, { scheme: 'http', host, port });
    if (!route.open && connectsEarly(services, destination)) {
      // The client sees the same reset as without a proxy. The reason was logged.
      channel.reset();
      return ENDED;
    }
    return { kind: 'routed', route };
  }
}

const ENDED: ConnectionTarget = { kind: 'ended' };
