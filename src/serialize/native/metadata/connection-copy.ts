import { ClientConnection, ServerConnection } from '../../../flow/connection.js';

/** A connection of its own for another flow, so that addons that change one do not change both. */
export function cloneClient(from: ClientConnection): ClientConnection {
  const client = new ClientConnection(from.id);
  client.mode = from.mode;
  return copyConnection(from, client);
}

/** The same for a connection to a server. */
export function cloneServer(from: ServerConnection): ServerConnection {
  const server = new ServerConnection(from.id);
  server.address = from.address;
  server.timestampTcpSetup = from.timestampTcpSetup;
  server.via = from.via;
  return copyConnection(from, server);
}

function copyConnection<Connection extends ClientConnection | ServerConnection>(
  from: Connection,
  to: Connection,
): Connection {
  to.transport = from.transport;
  to.peer = from.peer;
  to.local = from.local;
  to.tls = from.tls && { ...from.tls };
  to.timestampStart = from.timestampStart;
  to.timestampEnd = from.timestampEnd;
  to.error = from.error;
  return to;
}
