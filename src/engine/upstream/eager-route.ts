import { type Address, ServerConnection } from '../../flow/connection.js';
import type { ClientContext } from '../client/client-context.js';
import { ClientGoneError } from '../errors.js';
import { connectsEarly, isEager, isHttpOnly } from './connection-strategy.js';
import { type Destination, type FixedServer, Route } from './route.js';
import type { ServerChannel } from './server-channel.js';
import { connectServer } from './server-connection.js';

/**
 * The route to a destination that is known before the client sends the first bytes. With the eager strategy it connects at
 * once, as the server may speak first. If that fails, each request of the client gets the error.
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
    failure && !server.via ? Promise.reject(failure) : connectServer(context, server);
  const servesHttp = !ready && isHttpOnly(services, [destination.host, destination.port]);
  return new Route(destination, connect, { ready, fixed, scope: '', servesHttp });
}

/**
 * Takes the open connection of a route. Opens one if the route had none because of an idle connection of another client, which
 * cannot be used after all.
 * @returns the error if that fails; undefined if a request has to open the connection
 */
export async function takeOrOpen(
  context: ClientContext,
  route: Route,
  server: ServerConnection,
): Promise<ServerChannel | Error | undefined> {
  const { services, client } = context;
  const address: Address = [route.host, route.port];
  if (route.open || !route.servesHttp || !isEager(services, address)) return route.takeReady();
  server.address = address;
  try {
    return await route.connect(server);
  } catch (error) {
    if (!(error instanceof ClientGoneError)) services.log.warn((error as Error).message, client);
    return error as Error;
  }
}
