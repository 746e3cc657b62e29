import { CountEnd, IdleEnd } from '../../addons/ends.js';
import type { FlowFilter } from '../../flow/filter.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { Log } from '../../flow/log.js';
import { plural } from '../../flow/text/plural.js';
import { definitionsFor } from '../definitions.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { duration } from '../options/types/time.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';

/** The conditions that end a run early, and warnings about words in their filters. */
interface Ends {
  readonly addons: readonly Addon[];
  readonly hints: readonly string[];
  start(log: Log): void;
  stop(): void;
}

/**
 * Creates the conditions of `duration`, `max_flows`, `idle_timeout` and `until`. Each requests a shutdown, as SIGTERM does.
 * @param scope selects the flows for `max_flows`
 * @throws UsageError with the place of a mistake in the filter
 */
export async function makeEnds(
  resolved: ResolvedOptions,
  scope: string | undefined,
  shutdown: Shutdown,
  live: boolean,
): Promise<Ends> {
  const { duration: limit, maxFlows, idleTimeout, until } = resolved.values;
  const addons: Addon[] = [];
  const hints: string[] = [];
  let log: Log | undefined;
  let timer: NodeJS.Timeout | undefined;
  const end = (reason: string): void => {
    if (shutdown.isRequested) return;
    // Without a proxy, `max_flows` is used like `head`: the end is expected.
    if (live) log?.info(`Ending ${reason}.`);
    else log?.debug(`Ending ${reason}.`);
    shutdown.request();
  };
  const idle =
    idleTimeout === undefined
      ? undefined
      : new IdleEnd(idleTimeout * 1000, live, () =>
          end(`after ${duration.show(idleTimeout)} without activity (idle_timeout)`),
        );
  if (idle) addons.push(idle);
  if (maxFlows !== undefined) {
    const filter = scope === undefined ? undefined : await compile(scope);
    addons.push(new CountEnd(maxFlows, () => end(`after ${plural(maxFlows, 'flow')} (max_flows)`), filter));
  }
  if (until !== undefined) {
    const filter = await compile(until);
    hints.push(...(await import('../../filters/index.js')).filterHints(until));
    addons.push(new CountEnd(1, ({ id }) => end(`after flow ${id} (until)`), filter));
  }
  const start = (sessionLog: Log): void => {
    log = sessionLog;
    idle?.start();
    if (limit !== undefined) timer = setTimeout(() => end(`after ${duration.show(limit)} (duration)`), limit * 1000);
  };
  const stop = (): void => {
    clearTimeout(timer);
    idle?.stop();
  };
  return { addons, hints, start, stop };

  async function compile(text: string): Promise<FlowFilter> {
    const { compileFilter, FilterError } = await import('../../filters/index.js');
    try {
      return compileFilter(text, { definitions: await definitionsFor(resolved.values, [text]) });
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      throw new UsageError(`${resolved.origins.get('until')!.place}: ${error.message}`, 'filter-invalid');
    }
  }
}
