import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Difference } from '../../compare/difference.js';
import { FlowComparer } from '../../compare/flow-comparer.js';
import { Evidence } from '../../compare/learn/evidence.js';
import { learnRules } from '../../compare/learn/learn-rules.js';
import { ruleText } from '../../compare/learn/rule-text.js';
import { parseRuleFile } from '../../compare/rules/rule-file.js';
import type { RuleSet } from '../../compare/rules/rule-set.js';
import type { HttpFlow } from '../../flow/flow.js';
import { systemErrorText } from '../../flow/system-error.js';
import { plural } from '../../flow/text/plural.js';
import { safeText } from '../../terminal/safe-text.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { ExitCode } from '../process/exit-codes.js';
import { ExitError, UsageError } from '../process/exit-error.js';
import type { Session } from '../session/session.js';
import { isSpecialFile } from '../write/special-file.js';
import { checkFolderOf } from '../write/writable-folder.js';
import { redactedPair } from './redacted-pair.js';
import { loadRules } from './rules.js';

/** Maximum number of differences to list that were not learned. */
const MAX_LISTED = 100;

/** The file of `replay_learn` and its existing rules. */
export interface LearningFile {
  readonly path: string;
  /** Its existing content; empty if the file does not exist. */
  readonly content: string;
  /** The rules of the file and of the options. */
  readonly rules: RuleSet;
}

/** Reads the file to which learned rules are added, if it exists. @throws UsageError */
export function openLearningFile(resolved: ResolvedOptions, path: string): LearningFile {
  if (isSpecialFile(path)) throw new UsageError(`--replay-learn ${path}: expected a file`, 'file-unreadable');
  let content = '';
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') {
      throw new UsageError(`cannot read the rules ${path}: ${systemErrorText(error)}`, 'file-unreadable');
    }
    checkFolderOf(path);
  }
  return { path, content, rules: loadRules(resolved, content === '' ? [] : [path]) };
}

/** Learns rules from pairs of responses of the same server, which differ by chance only, and adds them to a file. */
export class LearningRun {
  private readonly evidence = new Evidence();
  private readonly comparer: FlowComparer;
  private pairs = 0;

  constructor(
    private readonly session: Session,
    private readonly file: LearningFile,
  ) {
    this.comparer = new FlowComparer({
      rules: file.rules,
      limit: session.options.bodySearchLimit,
      definitions: session.definitions,
      onCompared: (flow, place) => this.evidence.compared(flow, place),
    });
  }

  compare(recorded: HttpFlow, replayed: HttpFlow): undefined | Promise<void> {
    this.pairs++;
    return redactedPair(this.session.redactor, recorded, replayed, (was, now) => this.compareRedacted(was, now));
  }

  private compareRedacted(recorded: HttpFlow, replayed: HttpFlow): undefined | Promise<void> {
    const found = this.comparer.compare(recorded, replayed);
    if (!(found instanceof Promise)) return this.addResult(recorded, found);
    return found.then(
      (differences) => this.addResult(recorded, differences),
      (error: Error) => {
        this.session.log.error(`Flow ${recorded.id} cannot be compared: ${error.message}`);
        this.session.shutdown.note(ExitCode.input);
      },
    );
  }

  /** Flows without a partner are ignored. */
  single(): void {}

  /** Writes the rules, and shows the differences that were not learned. @throws ExitError if the file cannot be written */
  async finish(): Promise<void> {
    const { log, display, shutdown } = this.session;
    const { path, content } = this.file;
    const { rules, rest } = learnRules(this.evidence);
    const flows = plural(this.pairs, 'flow');
    if (rules.length === 0) {
      log.info(`Nothing new to learn from ${flows}.`);
      // Also without rules: the next run reads the file (`--ignore-file`).
      if (content === '' && this.pairs > 0) await this.write(HEADING);
    } else {
      await this.write(content + separator(content) + ruleText(rules));
      log.info(`Learned ${plural(rules.length, 'rule')} from ${flows}: ${path}`);
    }
    if (rest.length === 0) return;
    const { out, styles } = display;
    out.write(`${styles.strong('Not learned, as these may be real differences:')}\n`);
    for (const line of rest.slice(0, MAX_LISTED)) out.write(`  ${safeText(line)}\n`);
    if (rest.length > MAX_LISTED) out.write(`  … ${rest.length - MAX_LISTED} more\n`);
    if (this.pairs === 0 && !shutdown.isRequested) log.warn('Nothing was compared.');
  }

  close(): void {}

  private addResult(recorded: HttpFlow, differences: readonly Difference[]): undefined {
    for (const difference of differences) this.evidence.differed(recorded, difference);
    return undefined;
  }

  private async write(text: string): Promise<void> {
    const { path } = this.file;
    // A list in YAML's flow style cannot be continued with further lines.
    try {
      parseRuleFile(text, path);
    } catch {
      throw new UsageError(
        `${path}: rules can be added only to a list with an item on each line; choose another file`,
        'rule-invalid',
      );
    }
    await writeFile(path, text).catch((error: NodeJS.ErrnoException) => {
      throw new ExitError('output-failed', `cannot write ${path}: ${systemErrorText(error)}`);
    });
  }
}

function separator(content: string): string {
  if (content === '') return HEADING;
  return content.endsWith('\n') ? '\n' : '\n\n';
}

const HEADING = `# Differences to ignore (tsdump --ignore-file). These rules were learned: read them, and delete those that hide too much.
`;
