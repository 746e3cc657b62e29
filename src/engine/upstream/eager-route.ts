import { ServerConnection } from '../../flow/connection.js';
import type { ClientContext } from '../client/client-context.js';
import { ClientGoneError } from '../errors.js';
import { type Destination, type FixedServer, Route } from './route.js';
import type { ServerChannel } from './server-channel.js';
import { connectServer } from './server-connection.js';

/**
 * The way to a destination that is known before the client has said anything. Unless connecting is to be put off, it is
 * connected to at once, so that a server may speak first. If that fails, whatever the client asks for gets the reason.
 * @throws ClientGoneError if the client left meanwhile
 */
export async function eagerRoute(
  context: ClientContext,
  destination: Destination,
  fixed?: FixedServer,
): Promise<Route> {
  const { options, log } = context.services;
  let ready: ServerChannel | undefined;
  let failure: Error | undefined;
  if (options.connectionStrategy === 'eager') {
    const server = new ServerConnection();
    server.address = [destination.host, destination.port];
    try {
      ready = await connectServer(context, server);
    } catch (error) {
      if (error instanceof ClientGoneError) throw error;
      failure = error as Error;
      log.warn(failure.message, context.client);
    }
  }
  const connect = (server: ServerConnection): Promise<ServerChannel> =>
    failure ? Promise.reject(failure) : connectServer(context, server);
  return new Route(destination, connect, { ready, fixed });
}
