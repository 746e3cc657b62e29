import type { ResolvedOptions } from '../options/resolve.js';
import type { Shutdown } from '../process/shutdown.js';
import { type RecordPurpose, type RunShare, record } from '../proxy/record.js';
import { parentOptions } from './split-options.js';
import { workerCount } from './worker-count.js';

/** Runs the proxy in several processes, if the options allow it. See `record`. */
export async function recordWithWorkers(
  resolved: ResolvedOptions,
  shutdown: Shutdown,
  purpose: RecordPurpose = {},
): Promise<number> {
  const count = workerCount(resolved);
  if (count === 1) return record(resolved, shutdown, purpose);
  const { WorkerPool } = await import('./parent/worker-pool.js');
  const share: RunShare = {
    isWorker: false,
    parts: {},
    startEngine: (session, parts) => WorkerPool.start(count, resolved, session, parts),
  };
  return record(parentOptions(resolved), shutdown, { ...purpose, share });
}
