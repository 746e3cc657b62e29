import { availableParallelism } from 'node:os';
import { MAX_WORKERS } from '../../serialize/native/journal/live-path.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { OptionName, Options } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { type RecordPurpose, type RunShare, record } from '../proxy/record.js';
import { parentOptions } from './split-options.js';

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
    startEngine: (session, parts) => WorkerPool.start(count, resolved, session, parts),
  };
  return record(parentOptions(resolved), shutdown, { ...purpose, share });
}

/**
 * The number of worker processes; 1 if the proxy runs in a single process.
 * @throws UsageError if `workers` is a number above 1 and another option requires a single process
 */
export function workerCount({ values, origins }: ResolvedOptions): number {
  const { workers } = values;
  if (workers === 1) return 1;
  const alone = ALONE.find(({ isUsed }) => isUsed(values));
  if (workers === 'auto') return alone ? 1 : Math.min(availableParallelism(), MAX_WORKERS);
  if (!alone) return workers;
  throw new UsageError(
    `${origins.get('workers')!.place}: ${alone.option} works in one process only, because ${alone.reason}: set workers to 1 or auto`,
    'option-conflict',
  );
}

interface Alone {
  readonly option: OptionName;
  readonly isUsed: (options: Options) => boolean;
  readonly reason: string;
}

/** Options that require a single process. */
const ALONE: readonly Alone[] = [
  {
    option: 'client_replay',
    isUsed: ({ clientReplay }) => clientReplay.length > 0,
    reason: 'requests are sent in the order of the recording',
  },
  {
    option: 'server_replay',
    isUsed: ({ serverReplay }) => serverReplay.length > 0,
    reason: 'it counts which answers were given',
  },
  { option: 'offline', isUsed: ({ offline }) => offline, reason: 'it counts which requests had no answer' },
  {
    option: 'rfile',
    isUsed: ({ rfile }) => rfile.length > 0,
    reason: 'flows of a capture are processed in their order',
  },
  {
    option: 'stickycookie',
    isUsed: ({ stickycookie }) => stickycookie !== undefined,
    reason: 'the cookies that one process sees are unknown to the others',
  },
  {
    option: 'stickyauth',
    isUsed: ({ stickyauth }) => stickyauth !== undefined,
    reason: 'the credentials that one process sees are unknown to the others',
  },
];
