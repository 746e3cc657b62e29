import { parseModeSpec } from '../../engine/listen/mode-spec.js';
import { parseMapping, parseTarget, type TargetMapping } from '../../replay/client/destination/target.js';
import { Targets } from '../../replay/client/destination/targets.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { OptionName } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';

/** The settings of a client replay. */
export interface ReplayPlan {
  readonly targets: Targets;
  /** Whether requests are sent by time, independently of responses. */
  readonly isOpen: boolean;
  /** Maximum number of concurrent requests. */
  readonly concurrency: number;
  readonly rounds: number;
  /** Whether the proxy also accepts clients. */
  readonly listens: boolean;
}

/** Checks the options of a client replay before anything is opened. @throws UsageError */
export function planReplay({ values, origins }: ResolvedOptions): ReplayPlan {
  const isGiven = (name: OptionName): boolean => origins.get(name)!.source === 'command line';
  const { replayTo, replayMap, replayAnywhere, replayRate, replayTiming, clientReplayConcurrency: wanted } = values;
  if (values.rfile.length > 0) throw new UsageError('-C and -r cannot be used together', 'option-conflict');
  if (!replayTo && replayMap.length === 0 && !replayAnywhere) throw new UsageError(NO_TARGET, 'option-requires');
  const isOpen = replayRate !== undefined || replayTiming !== undefined;
  if (replayRate !== undefined && replayTiming !== undefined) {
    throw new UsageError('--replay-rate and --replay-timing cannot be used together', 'option-conflict');
  }
  if (isOpen && isGiven('client_replay_concurrency')) {
    const other = replayRate === undefined ? '--replay-timing' : '--replay-rate';
    throw new UsageError(
      `${other} sends without waiting for responses, so --replay-concurrency has no meaning; see replay_max_in_flight`,
      'option-conflict',
    );
  }
  const mappings = replayMap.map(parseMapping);
  refuseAmbiguous(mappings);
  const { replayCount, replayDuration } = values;
  return {
    targets: new Targets({ to: replayTo ? parseTarget(replayTo) : undefined, mappings, anywhere: replayAnywhere }),
    isOpen,
    concurrency: wanted === -1 ? values.replayMaxInFlight : wanted,
    rounds: replayCount ?? (replayDuration === undefined ? 1 : Number.POSITIVE_INFINITY),
    listens: values.server && (isGiven('listen_port') || (isGiven('mode') && values.mode.some(isForClients))),
  };
}

/** Whether a mode asks for a listener. `upstream` without a port only says how servers are reached. */
function isForClients(spec: string): boolean {
  const { mode, listenPort } = parseModeSpec(spec);
  return mode !== 'upstream' || listenPort !== undefined;
}

function refuseAmbiguous(mappings: readonly TargetMapping[]): void {
  const seen = new Set<string>();
  for (const { host, port } of mappings) {
    const from = port === undefined ? host : `${host}:${port}`;
    if (seen.has(from)) throw new UsageError(`--replay-map: ${from} is mapped twice`, 'option-value');
    seen.add(from);
  }
}

const NO_TARGET =
  '-C needs a destination: --replay-to URL for all requests, --replay-map HOST=URL for those of one server, ' +
  'or --replay-anywhere for the recorded servers themselves';
