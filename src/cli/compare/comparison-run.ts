import type { Difference } from '../../compare/difference.js';
import type { Carried } from '../../compare/equality.js';
import { FlowComparer } from '../../compare/flow-comparer.js';
import { Comparison, FAILING_KINDS, type FailingKind } from '../../compare/results/comparison.js';
import { flowLines, groupLines } from '../../compare/results/difference-lines.js';
import type { RuleSet } from '../../compare/rules/rule-set.js';
import type { HttpFlow } from '../../flow/flow.js';
import { plural } from '../../flow/text/plural.js';
import type { Options } from '../options/table/index.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import type { Session } from '../session/session.js';
import { RedactionKeys, redactedPair, withoutContents } from './redacted-pair.js';

/** Maximum number of unused rules to name. */
const MAX_UNUSED = 20;

/** Names of the two sides in messages. */
interface SideNames {
  readonly recorded: string;
  readonly replayed: string;
}

export interface ComparisonParts {
  readonly session: Session;
  readonly rules: RuleSet;
  /** Name of the suite in reports. */
  readonly name: 'replay' | 'diff';
  readonly sides: SideNames;
  readonly carried?: ((recorded: HttpFlow) => Carried) | undefined;
}

/** Compares flows, shows each difference when it is found, and a summary at the end. */
export class ComparisonRun {
  readonly comparison: Comparison;
  private readonly comparer: FlowComparer;
  private readonly keys: RedactionKeys;

  constructor(private readonly parts: ComparisonParts) {
    const { session, rules, name, carried } = parts;
    const { options, spool } = session;
    this.keys = new RedactionKeys(session.redactor !== undefined);
    this.comparer = new FlowComparer({
      rules,
      limit: options.bodySearchLimit,
      slower: options.replaySlower,
      sizeTolerance: options.replaySizeTolerance,
      carried: (recorded) => this.keys.carriedFor(recorded, carried),
      definitions: session.definitions,
    });
    this.comparison = new Comparison({
      name,
      failOn: failingKinds(options),
      spool: wantsCases(options) ? spool : undefined,
    });
  }

  /** Compares two flows whose bodies can be read. @returns a promise only if a body has to be read or output is pending */
  compare(recorded: HttpFlow, replayed: HttpFlow): undefined | Promise<void> {
    return redactedPair(this.parts.session.redactor, recorded, replayed, (was, now) => this.compareRedacted(was, now));
  }

  private compareRedacted(recorded: HttpFlow, replayed: HttpFlow): undefined | Promise<void> {
    this.keys.check(recorded, replayed);
    const found = this.comparer.compare(recorded, replayed);
    if (found instanceof Promise) {
      return found
        .catch((error: Error) => this.failed(recorded, error))
        .then((each) => this.addResult(recorded, replayed, each));
    }
    return this.addResult(recorded, replayed, found);
  }

  /** Adds a flow that only one side has. */
  single(original: HttpFlow, side: 'recorded' | 'replayed'): void {
    const { session, sides } = this.parts;
    const flow = withoutContents(session.redactor, original);
    const { out, styles } = session.display;
    this.comparison.addSingle(flow, side);
    out.write(`${styles.strong(nameOf(flow))}\n  ${styles.bad(`only in ${sides[side]}`)}\n`);
  }

  close(): void {
    this.comparison.close();
  }

  /**
   * Shows the summary, and sets the exit code.
   * @param isComplete whether all flows were compared
   */
  finish(isComplete = true): void {
    const { session, sides, rules } = this.parts;
    const { compared, differing, onlyRecorded, onlyReplayed, groups, hasFailed } = this.comparison;
    const { out, styles } = session.display;
    const lines = groupLines(groups, styles);
    if (lines.length > 0) out.write(`\n${lines.join('\n')}\n\n`);
    const facts = [
      ...(isComplete ? [] : ['interrupted']),
      differing === 0
        ? `no differences in ${plural(compared, 'flow')}`
        : `${differing} of ${plural(compared, 'flow')} ${differing === 1 ? 'differs' : 'differ'}`,
      ...(onlyRecorded > 0 ? [`${onlyRecorded} only in ${sides.recorded}`] : []),
      ...(onlyReplayed > 0 ? [`${onlyReplayed} only in ${sides.replayed}`] : []),
    ];
    const text = facts.join('; ');
    out.write(`${text[0]!.toUpperCase()}${text.slice(1)}.\n`);
    if (this.keys.warning !== undefined) session.log.warn(this.keys.warning);
    if (compared > 0) this.reportUnused(rules);
    if (hasFailed) session.shutdown.note(ExitCode.checkFailed);
  }

  private addResult(
    recorded: HttpFlow,
    replayed: HttpFlow,
    differences: readonly Difference[],
  ): undefined | Promise<void> {
    this.comparison.add(recorded, replayed, differences);
    if (differences.length === 0) return undefined;
    const { out, styles } = this.parts.session.display;
    out.write(`${flowLines(nameOf(recorded), differences, styles).join('\n')}\n`);
    return out.drained();
  }

  /** The difference for a body that cannot be read. */
  private failed(recorded: HttpFlow, { message }: Error): Difference[] {
    const { log, shutdown } = this.parts.session;
    log.error(`Flow ${recorded.id} cannot be compared: ${message}`);
    shutdown.note(ExitCode.input);
    return [{ kind: 'error', place: 'response', group: 'response', was: undefined, now: `not compared: ${message}` }];
  }

  private reportUnused(rules: RuleSet): void {
    const { unused } = rules;
    if (unused.length === 0) return;
    const named = unused.slice(0, MAX_UNUSED).map(({ origin, text }) => `${origin}: ${text}`);
    const more = unused.length > MAX_UNUSED ? [`and ${unused.length - MAX_UNUSED} more`] : [];
    this.parts.session.log.warn(
      [`${plural(unused.length, 'rule')} matched no difference:`, ...named, ...more].join('\n'),
    );
  }
}

/** @throws UsageError */
export function failingKinds({ failOnDiff }: Pick<Options, 'failOnDiff'>): ReadonlySet<FailingKind> {
  if (failOnDiff.length === 0) return new Set(Object.values(FAILING_KINDS));
  if (failOnDiff.includes('none') && failOnDiff.some((kind) => kind !== 'none')) {
    throw new UsageError('--fail-on-diff none cannot be combined with other kinds', 'option-conflict');
  }
  return new Set(failOnDiff.filter((kind) => kind !== 'none'));
}

/** Whether cases are needed: only reports and annotations use them. */
function wantsCases(options: Options): boolean {
  return options.report.length > 0 || Boolean(process.env.GITHUB_ACTIONS);
}

function nameOf({ request }: HttpFlow): string {
  return `${request.method} ${request.prettyUrl}`;
}
