import type { Socket } from 'node:net';
import type { ClientContext } from '../client-context.js';
import { ClientGoneError } from '../errors.js';

/**
 * Does something on a connection to a server, unless the client leaves meanwhile.
 * @throws ClientGoneError, and what the action throws; the connection is closed then
 */
export async function whileClientStays<T>(
  { socket: client }: ClientContext,
  raw: Socket,
  action: () => Promise<T>,
): Promise<T> {
  const gone = (): void => void raw.destroy();
  client.once('close', gone);
  try {
    if (client.destroyed) throw new ClientGoneError();
    return await action();
  } catch (error) {
    raw.destroy();
    throw client.destroyed ? new ClientGoneError() : error;
  } finally {
    client.off('close', gone);
  }
}
