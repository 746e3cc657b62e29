import type { Check } from '../../addons/checks/check.js';
import { Clock } from '../../flow/clock.js';
import type { Flow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { Log } from '../../flow/log.js';
import type { ReportCase, ReportSuite } from '../../flow/report.js';
import { plural } from '../../flow/text/plural.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { withCode } from '../process/error-codes.js';
import { ExitCode } from '../process/exit-codes.js';
import type { Shutdown } from '../process/shutdown.js';
import type { Reports } from './reports.js';

/** The parts of a session that ends and checks need. */
interface WatchedSession {
  readonly log: Log;
  readonly reports: Reports;
}

/** The ends and checks of a run. An end is a condition that ends the run early. */
export interface RunWatch {
  /** Called after all other addons. */
  readonly addons: readonly Addon[];
  /** Starts the clocks, before the first flow. */
  start(session: WatchedSession): void;
  /** Reports the results of the checks, after the last flow. */
  conclude(session: WatchedSession): void;
}

/**
 * The ends and checks of the command line. Their modules are loaded only if an option needs them.
 * @param live whether flows come from the network
 * @throws UsageError with the place of a mistake in a check or filter
 */
export async function watchRun(resolved: ResolvedOptions, shutdown: Shutdown, live: boolean): Promise<RunWatch> {
  const scope = commonScope(resolved, live);
  const { failOn, expect, expectLatency, duration, maxFlows, idleTimeout, until } = resolved.values;
  const hasChecks = failOn.length + expect.length + expectLatency.length > 0;
  const made = hasChecks ? await (await import('./checks.js')).makeChecks(resolved, scope) : undefined;
  const hasEnds = duration !== undefined || maxFlows !== undefined || idleTimeout !== undefined || until !== undefined;
  const ends = hasEnds ? await (await import('./ends.js')).makeEnds(resolved, scope, shutdown, live) : undefined;
  const tally = new FlowTally();
  const addons: Addon[] = made ? [tally, ...made.checks] : [];
  if (ends) addons.push(...ends.addons);
  let clock = new Clock();

  const start = ({ log }: WatchedSession): void => {
    clock = new Clock();
    for (const hint of [...(made?.hints ?? []), ...(ends?.hints ?? [])]) log.warn(hint);
    ends?.start(log);
  };
  const conclude = ({ log, reports }: WatchedSession): void => {
    ends?.stop();
    if (!made) return;
    const cases = made.checks.map((check: Check) => check.conclude());
    logResults(cases, log);
    if (cases.some(({ outcome }) => outcome !== 'passed')) shutdown.note(ExitCode.checkFailed);
    const suite: ReportSuite = {
      name: 'checks',
      started: clock.start,
      duration: clock.now() - clock.start,
      properties: [{ name: 'flows', value: tally.count }],
      cases,
    };
    reports.add(() => suite);
  };
  return { addons, start, conclude };
}

/** The filter on the command line, which also limits ends and checks of a recording. A reader has already applied it. */
function commonScope({ values, origins }: ResolvedOptions, live: boolean): string | undefined {
  const isShorthand = origins.get('save_stream_filter')?.source === 'shorthand';
  const scope = isShorthand ? values.saveStreamFilter : undefined;
  return live || values.readfileFilter !== scope ? scope : undefined;
}

function logResults(cases: readonly ReportCase[], log: Log): void {
  let passed = 0;
  for (const { name, outcome, message = '', details = [] } of cases) {
    if (outcome === 'passed') passed++;
    else log.error([withCode(`Check failed: ${name}: ${message}.`, 'check-failed'), ...details].join('\n'));
  }
  if (passed > 0) log.info(`${plural(passed, 'check')} passed.`);
}

class FlowTally implements Addon {
  readonly name = 'checks';
  readonly observes = true;
  count = 0;

  flowEnd(_flow: Flow): void {
    this.count++;
  }
}
