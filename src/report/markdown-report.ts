import {
  countOutcomes,
  type OutcomeCounts,
  type Report,
  type ReportCase,
  type ReportOutcome,
  type ReportSuite,
} from '../flow/report.js';
import { escapedText } from '../terminal/safe-text.js';

/** With more cases, passed ones are not listed. */
const MAX_PASSED = 50;
/** Maximum number of cases to list; a summary of GitHub Actions is limited to 1 MiB. */
const MAX_CASES = 100;
const MAX_DETAILS = 20;
const LONGEST_LINE = 400;
const WORST_FIRST: readonly ReportOutcome[] = ['failed', 'error', 'skipped', 'passed'];

/** Prints a report as Markdown (GitHub's), for people: long lists are cut. */
export function* printMarkdown({ suites }: Report): Generator<string> {
  if (suites.length === 0) yield 'Nothing was checked or compared.\n';
  for (const [at, suite] of suites.entries()) {
    if (at > 0) yield '\n';
    yield* printSuite(suite);
  }
}

function* printSuite(suite: ReportSuite): Generator<string> {
  const counts = countOutcomes(suite);
  yield `## ${inline(suite.name)}: ${countsText(counts)}\n`;
  if (suite.properties.length > 0) {
    yield '\n| property | value |\n|---|---|\n';
    for (const { name, value } of suite.properties) yield `| ${inline(name)} | ${inline(String(value))} |\n`;
  }
  const total = counts.passed + counts.failed + counts.error + counts.skipped;
  const { listed, omitted } = select(suite.cases, total <= MAX_PASSED);
  if (listed.length > 0) yield '\n| outcome | group | case | message |\n|---|---|---|---|\n';
  for (const { outcome, group, name, message = '' } of listed) {
    const word = outcome === 'passed' || outcome === 'skipped' ? outcome : `**${outcome}**`;
    yield `| ${word} | ${inline(group)} | ${inline(name)} | ${inline(message)} |\n`;
  }
  if (omitted > 0) yield `\n… and ${omitted} more.\n`;
  for (const one of listed) yield* printDetails(one);
}

/** The cases to list, and the number of omitted ones. */
function select(cases: Iterable<ReportCase>, withPassed: boolean): { listed: ReportCase[]; omitted: number } {
  const listed: ReportCase[] = [];
  let omitted = 0;
  for (const one of cases) {
    if (!withPassed && one.outcome === 'passed') continue;
    if (listed.length < MAX_CASES) listed.push(one);
    else omitted++;
  }
  return { listed, omitted };
}

function* printDetails({ name, details = [] }: ReportCase): Generator<string> {
  if (details.length === 0) return;
  const lines = details.slice(0, MAX_DETAILS).map(shortened);
  if (details.length > MAX_DETAILS) lines.push(`… and ${details.length - MAX_DETAILS} more`);
  const runs = lines.join('\n').match(/`{3,}/g) ?? [];
  // A fence is closed by one that is at least as long (CommonMark, section 4.5).
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  yield `\n### ${inline(name)}\n\n${fence}text\n${lines.join('\n')}\n${fence}\n`;
}

function countsText(counts: OutcomeCounts): string {
  const parts = WORST_FIRST.filter((outcome) => counts[outcome] > 0).map((outcome) => `${counts[outcome]} ${outcome}`);
  return parts.join(', ') || 'no cases';
}

/** Text on one line, escaped for Markdown, HTML and tables. */
function inline(text: string): string {
  return shortened(text)
    .replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]!)
    .replace(/[\\`*_[\]|~#:]/g, '\\$&');
}

function shortened(text: string): string {
  const line = escapedText(text.replace(/\r?\n/g, ' '));
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}
