import { type HttpFlow, releaseFlow } from '../../flow/flow.js';
import { FlowShelf } from '../../serialize/sorted/flow-shelf.js';
import type { ReplayCallbacks } from '../client-replay/client-replay-run.js';
import type { SessionRewriter } from '../client-replay/session-rewriter.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { ExitCode } from '../process/exit-codes.js';
import type { Session } from '../session/session.js';
import { ComparisonRun, failingKinds } from './comparison-run.js';
import { type LearningFile, LearningRun, openLearningFile } from './learning-run.js';
import { loadRules } from './rules.js';

/** A client replay with a comparison or with learning. */
export interface ReplayComparison {
  /** The options for `replayRequests`. */
  readonly resolved: ResolvedOptions;
  createCallbacks(session: Session, rewriter: SessionRewriter | undefined): ReplayCallbacks;
}

/** Prepares a client replay for comparison or learning. @throws UsageError */
export function prepareReplayComparison(resolved: ResolvedOptions): ReplayComparison {
  const { replayLearn, replayCount } = resolved.values;
  if (replayLearn !== undefined) {
    const file = openLearningFile(resolved, replayLearn);
    // Learning compares several responses to the same request.
    const values = { ...resolved.values, replayCount: Math.max(2, replayCount ?? 2) };
    return { resolved: { ...resolved, values }, createCallbacks: (session) => learningCallbacks(session, file) };
  }
  const rules = loadRules(resolved);
  failingKinds(resolved.values);
  return {
    resolved,
    createCallbacks(session, rewriter) {
      const carried = rewriter && ((recorded: HttpFlow) => rewriter.carried(recorded));
      const sides = { recorded: 'the capture', replayed: 'the replay' };
      const run = new ComparisonRun({ session, rules, name: 'replay', sides, carried });
      return {
        onReplayed: (recorded, replayed) => run.compare(recorded, replayed),
        differences: () => run.comparison.differing,
        onEnd(statistics) {
          run.finish();
          session.reports.add(() => run.comparison.suite(statistics.properties()));
        },
      };
    },
  };
}

/** Keeps the responses of each round, and compares them at the end. */
function learningCallbacks(session: Session, file: LearningFile): ReplayCallbacks {
  const { log, shutdown, spool } = session;
  const learning = new LearningRun(session, file);
  const onDamage = ({ message }: { message: string }): void => {
    log.error(message);
    shutdown.note(ExitCode.input);
  };
  const shelf = new FlowShelf({ policy: spool, onDamage });
  const rounds = new Map<string, string[]>();
  return {
    async onReplayed(recorded, replayed) {
      const known = rounds.get(recorded.id);
      if (known) known.push(replayed.id);
      else rounds.set(recorded.id, [replayed.id]);
      await shelf.put(replayed);
    },
    async onEnd() {
      try {
        await shelf.finish();
        for (const ids of rounds.values()) await learnFrom(ids, shelf, learning);
        await learning.finish();
      } finally {
        await shelf.close();
      }
    },
  };
}

/** Compares the first response to a request with each of the others. */
async function learnFrom(
  [first, ...others]: readonly string[],
  shelf: FlowShelf,
  learning: LearningRun,
): Promise<void> {
  for (const other of others) {
    const [one, another] = [await shelf.get(first!), await shelf.get(other)] as (HttpFlow | undefined)[];
    if (one && another) await learning.compare(one, another);
    for (const flow of [one, another]) if (flow) releaseFlow(flow);
  }
}
