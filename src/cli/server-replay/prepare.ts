import type { ResolvedOptions } from '../options/resolve.js';
import type { Shutdown } from '../process/shutdown.js';
import type { ReplayContext, ServerReplayRun } from './server-replay-run.js';

/**
 * Prepares server replay if an option requests it. The captures are read when the session opens.
 * @throws ExitError
 */
export async function prepareServerReplay(
  resolved: ResolvedOptions,
  shutdown: Shutdown,
  context: ReplayContext,
): Promise<ServerReplayRun | undefined> {
  const { serverReplay, offline } = resolved.values;
  if (serverReplay.length === 0 && !offline) return undefined;
  const { ServerReplayRun } = await import('./server-replay-run.js');
  return ServerReplayRun.prepare(resolved, shutdown, context);
}
