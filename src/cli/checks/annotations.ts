import type { ReportSuite } from '../../flow/report.js';
import { withoutCommands } from '../../terminal/command-guard.js';

/** Maximum number of errors that GitHub shows for a step. */
const MOST = 10;
const LONGEST = 4000;

/** The failed cases of a suite as workflow commands of GitHub Actions, which show them as annotations. */
export function* annotations({ name: suite, cases }: ReportSuite): Generator<string> {
  let count = 0;
  for (const { name, outcome, message = '', details = [] } of cases) {
    if (outcome !== 'failed' && outcome !== 'error') continue;
    if (++count > MOST) return;
    const title = property(`tsdump ${suite}: ${name}`);
    yield `::error title=${title}::${data([message, ...details].join('\n'))}`;
  }
}

/** The escapes of the runner (`ActionCommand`): `%` first. */
function data(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return withoutCommands(short).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
