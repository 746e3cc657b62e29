import { UsageError } from '../process/exit-error.js';
import type { ResolvedOptions } from './resolve.js';
import type { OptionName } from './table/index.js';
import { clientReplayOptions } from './table/replay/client.js';
import { sessionOptions } from './table/replay/session.js';

/**
 * Refuses flags without effect: the flag that they depend on is missing, and was probably forgotten.
 * @throws UsageError
 */
export function refuseIdleOptions({ values, origins }: ResolvedOptions): void {
  refuseIdleComparing({ values, origins });
  if (values.clientReplay.length > 0) return;
  for (const name of Object.keys({ ...clientReplayOptions, ...sessionOptions }) as OptionName[]) {
    const { source, place } = origins.get(name)!;
    if (source === 'command line' && name !== 'client_replay') {
      throw new UsageError(`${place}: there is nothing to replay without -C FILE (--client-replay)`, 'option-requires');
    }
  }
}

/** Options that only affect comparisons. */
const COMPARING = ['fail_on_diff', 'replay_slower', 'replay_size_tolerance'] as const;

function refuseIdleComparing({ values, origins }: ResolvedOptions): void {
  const { clientReplay, diff, replayCompare } = values;
  const given = (name: OptionName): string | undefined => {
    const { source, place } = origins.get(name)!;
    return source === 'command line' ? place : undefined;
  };
  if (clientReplay.length > 0 && diff.length > 0)
    throw new UsageError('-C and --diff cannot be used together', 'option-conflict');
  if (clientReplay.length === 0 && diff.length === 0) {
    for (const name of ['replay_compare', 'replay_learn'] as const) {
      const place = given(name);
      if (place)
        throw new UsageError(`${place}: there is nothing to compare without -C FILE or --diff FILE`, 'option-requires');
    }
  }
  if (replayCompare || diff.length > 0) return;
  for (const name of COMPARING) {
    const place = given(name);
    if (place)
      throw new UsageError(`${place}: nothing is compared without --replay-compare or --diff FILE`, 'option-requires');
  }
}
