import type { Server } from 'node:net';
import { type Address, formatAddress } from '../../../flow/connection.js';
import type { ClientContext } from '../../client/client-context.js';
import { ClientGoneError, ListenError } from '../../errors.js';
import type { SocketChannel } from '../../net/channel.js';
import { connectsEarly } from '../../upstream/connection-strategy.js';
import { eagerRoute } from '../../upstream/eager-route.js';
import { localAddress, type Platform } from '../platform/platform.js';
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

/**
 * Loads the platform support for an operating system, by its name in Node.
 * @throws ListenError if the system is not supported, with the reason
 */
export async function loadPlatform(name: NodeJS.Platform): Promise<Platform> {
  switch (name) {
    case 'linux':
      return (await import('../platform/linux.js')).loadLinux();
    case 'darwin':
    case 'freebsd':
      return (await import('../platform/pf.js')).loadPf();
    case 'openbsd':
      return OPENBSD;
    default:
      throw new ListenError(
        `Transparent mode does not work on ${name}, which does not report the destination of a redirected connection. Linux, macOS, FreeBSD and OpenBSD are supported.`,
      );
  }
}

/** OpenBSD: `divert-to` rules keep a connection's destination as its local address (pf.conf(5)). */
const OPENBSD: Platform = {
  prepare: () => [],
  originalDestination: localAddress,
};
