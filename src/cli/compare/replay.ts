import { type HttpFlow, releaseFlow } from '../../flow/flow.js';
import { FlowShelf } from '../../serialize/sorted/flow-shelf.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { ExitCode } from '../process/exit-codes.js';
import type { ReplaySeams } from '../replay/client.js';
import type { SessionRewriter } from '../replay/session-rewriter.js';
import type { Session } from '../session/session.js';
import { Comparing, failingKinds } from './comparing.js';
import { Learning, type LearningFile, openLearningFile } from './learning.js';
import { loadRules } from './rules.js';

/** A client replay with a comparison or with learning. */
export interface ComparingReplay {
  /** The options for `replayRequests`. */
  readonly resolved: ResolvedOptions;
  seams(session: Session, values: SessionRewriter | undefined): ReplaySeams;
}

/** Prepares a client replay for comparison or learning. @throws UsageError */
export function comparingReplay(resolved: ResolvedOptions): ComparingReplay {
  const { replayLearn, replayCount } = resolved.values;
  if (replayLearn !== undefined) {
    const file = openLearningFile(resolved, replayLearn);
    // Learning compares several responses to the same request.
    const values = { ...resolved.values, replayCount: Math.max(2, replayCount ?? 2) };
    return { resolved: { ...resolved, values }, seams: (session) => learningSeams(session, file) };
  }
  const rules = loadRules(resolved);
  failingKinds(resolved.values);
  return {
    resolved,
    seams(session, values) {
      const carried = values && ((recorded: HttpFlow) => values.carried(recorded));
      const sides = { recorded: 'the capture', replayed: 'the replay' };
      const comparing = new Comparing({ session, rules, name: 'replay', sides, carried });
      return {
        onReplayed: (recorded, replayed) => comparing.compare(recorded, replayed),
        differences: () => comparing.comparison.differing,
        onEnd(figures) {
          comparing.finish();
          session.reports.add(() => comparing.comparison.suite(figures.properties()));
        },
      };
    },
  };
}

/** Keeps the responses of each round, and compares them at the end. */
function learningSeams(session: Session, file: LearningFile): ReplaySeams {
  const { log, shutdown, spool } = session;
  const learning = new Learning(session, file);
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
async function learnFrom([first, ...others]: readonly string[], shelf: FlowShelf, learning: Learning): Promise<void> {
  for (const other of others) {
    const [one, another] = [await shelf.get(first!), await shelf.get(other)] as (HttpFlow | undefined)[];
    if (one && another) await learning.compare(one, another);
    for (const flow of [one, another]) if (flow) releaseFlow(flow);
  }
}
