import type { ClientContext } from '../../client/client-context.js';
import { ClientGoneError } from '../../errors.js';
import type { Channel } from '../../net/channel.js';

/**
 * Runs an action on a connection to a server, unless the client leaves in the meantime.
 * @throws ClientGoneError, and the errors of the action; the connection is closed then
 */
export async function whileClientStays<T>(
  { signal }: ClientContext,
  channel: Pick<Channel, 'destroy'>,
  action: () => Promise<T>,
): Promise<T> {
  const gone = (): void => channel.destroy();
  signal.addEventListener('abort', gone);
  try {
    if (signal.aborted) throw new ClientGoneError();
    return await action();
  } catch (error) {
    channel.destroy();
    throw signal.aborted ? new ClientGoneError() : error;
  } finally {
    signal.removeEventListener('abort', gone);
  }
}
