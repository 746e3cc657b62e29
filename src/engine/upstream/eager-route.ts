import { ServerConnection } from '../../flow/connection.js';
import type { ClientContext } from '../client/client-context.js';
import { ClientGoneError } from '../errors.js';
import { type Destination, type FixedServer, Route } from './route.js';
import type { ServerChannel } from './server-channel.js';
import { connectServer } from './server-connection.js';
import { connectsEarly } from './stand-in.js';

/**
 * The route to a destination that is known before the client has sent anything. With the eager strategy it connects at
 * once, so that the server may speak first. If that fails, every request of the client gets the error.
 * @throws ClientGoneError if the client left in the meantime
 */
export async function eagerRoute(
  context: ClientContext,
  destination: Destination,
  fixed?: FixedServer,
): Promise<Route> {
  const { services } = context;
  let ready: ServerChannel | undefined;
  let failure: Error | undefined;
  if (connectsEarly(services, [destination.host, destination.port])) {
    const server = new ServerConnection();
    server.address = [destination.host, destination.port];
    try {
      ready = await connectServer(context, server);
    } catch (error) {
      if (error instanceof ClientGoneError) throw error;
      failure = error as Error;
      services.log.warn(failure.message, context.client);
    }
  }
  const connect = (server: ServerConnection): Promise<ServerChannel> =>
    failure ? Promise.reject(failure) : connectServer(context, server);
  return new Route(destination, connect, { ready, fixed });
}
