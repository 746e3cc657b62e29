import { UsageError } from '../process/exit-error.js';
import type { ResolvedOptions } from './resolve.js';
import type { OptionName } from './table/index.js';
import { clientReplayOptions } from './table/replay/client.js';

/**
 * Refuses flags that have an effect only together with another one, which is missing: most likely it was forgotten.
 * @throws UsageError
 */
export function refuseIdleOptions({ values, origins }: ResolvedOptions): void {
  if (values.clientReplay.length > 0) return;
  for (const name of Object.keys(clientReplayOptions) as OptionName[]) {
    const { source, place } = origins.get(name)!;
    if (source === 'command line' && name !== 'client_replay') {
      throw new UsageError(`${place}: there is nothing to replay without -C FILE (--client-replay)`);
    }
  }
}
