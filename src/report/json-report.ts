import { countOutcomes, type Report, type ReportCase, type ReportSuite } from '../flow/report.js';

/** Prints a report as JSON, one case a line. `docs/checks.md` describes each key. Keys are added, never changed. */
export function* printJson({ suites }: Report): Generator<string> {
  const counts = suites.map(countOutcomes);
  const failed = counts.some((count) => count.failed + count.error > 0);
  yield `{\n  "version": 1,\n  "outcome": ${failed ? '"failed"' : '"passed"'},\n  "suites": [`;
  for (const [at, suite] of suites.entries()) {
    yield at === 0 ? '\n' : ',\n';
    yield* printSuite(suite, counts[at]!);
  }
  yield suites.length === 0 ? ']\n}\n' : '\n  ]\n}\n';
}

function* printSuite(suite: ReportSuite, counts: ReturnType<typeof countOutcomes>): Generator<string> {
  const { name, started, duration, cases } = suite;
  const properties = Object.fromEntries(suite.properties.map((property) => [property.name, property.value]));
  const head = { name, started, duration, counts, properties };
  const lines = Object.entries(head).map(([key, value]) => `      "${key}": ${JSON.stringify(value)},\n`);
  yield `    {\n${lines.join('')}      "cases": [`;
  let separator = '\n';
  for (const one of cases) {
    yield `${separator}        ${JSON.stringify(caseObject(one))}`;
    separator = ',\n';
  }
  yield separator === '\n' ? ']\n    }' : '\n      ]\n    }';
}

/** A case with its keys in a fixed order. */
function caseObject({ name, group, outcome, duration, code, message, details }: ReportCase): ReportCase {
  return { name, group, outcome, duration, code, message, details };
}
