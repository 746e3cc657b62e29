import { UsageError } from '../process/exit-error.js';
import type { ResolvedOptions } from './resolve.js';
import type { OptionName, Options } from './table/index.js';
import { clientReplayOptions } from './table/replay/client.js';
import { sessionOptions } from './table/replay/session.js';
import { rewritingOptions } from './table/rewriting.js';

/** Options that have an effect in some runs only. */
interface Condition {
  readonly options: readonly OptionName[];
  readonly isMet: (values: Options) => boolean;
  /** What follows the flag in the message. */
  readonly problem: string;
  readonly code: 'option-requires' | 'option-conflict';
}

const namesOf = (table: object): OptionName[] => Object.keys(table) as OptionName[];

const CONDITIONS: readonly Condition[] = [
  {
    options: ['client_replay'],
    isMet: ({ diff }) => diff.length === 0,
    problem: 'cannot be used together with --diff',
    code: 'option-conflict',
  },
  {
    options: ['replay_compare', 'replay_learn'],
    isMet: ({ clientReplay, diff }) => clientReplay.length + diff.length > 0,
    problem: 'there is nothing to compare without -C FILE or --diff FILE',
    code: 'option-requires',
  },
  {
    options: ['fail_on_diff', 'replay_slower', 'replay_size_tolerance'],
    isMet: ({ replayCompare, diff }) => replayCompare || diff.length > 0,
    problem: 'nothing is compared without --replay-compare or --diff FILE',
    code: 'option-requires',
  },
  {
    options: [...namesOf(clientReplayOptions), ...namesOf(sessionOptions)],
    isMet: ({ clientReplay }) => clientReplay.length > 0,
    problem: 'there is nothing to replay without -C FILE (--client-replay)',
    code: 'option-requires',
  },
  {
    options: ['since', 'before'],
    isMet: ({ rfile, clientReplay, diff }) => rfile.length + clientReplay.length + diff.length > 0,
    problem: 'nothing is read without -r FILE, -C FILE or --diff FILE',
    code: 'option-requires',
  },
  {
    options: ['fail_on_miss', 'fail_on_unused'],
    isMet: ({ serverReplay, offline }) => serverReplay.length > 0 || offline,
    problem: 'there are no recorded answers without -S FILE (--server-replay)',
    code: 'option-requires',
  },
  {
    // A check that is not made must not look like one that has passed.
    options: [
      'fail_on',
      'expect',
      'expect_latency',
      'duration',
      'max_flows',
      'idle_timeout',
      'until',
      'follow',
      'server_replay',
      'offline',
      'stat',
      'stat_json',
      ...namesOf(rewritingOptions),
    ],
    isMet: ({ diff }) => diff.length === 0,
    problem: '--diff compares captures and does nothing else with their flows; leave it out',
    code: 'option-conflict',
  },
];

/**
 * Refuses flags without effect: the flag that they depend on is missing and was probably forgotten, or another one excludes
 * them.
 * @throws UsageError
 */
export function refuseIdleOptions({ values, origins }: ResolvedOptions): void {
  for (const { options, isMet, problem, code } of CONDITIONS) {
    if (isMet(values)) continue;
    for (const name of options) {
      const { source, place } = origins.get(name)!;
      if (source === 'command line') throw new UsageError(`${place}: ${problem}`, code);
    }
  }
}
