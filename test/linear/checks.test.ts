import { parseExpectation, parseLatency } from '../../src/cli/checks/check-syntax.js';
import { reportFile } from '../../src/cli/options/types/report-file.js';
import { duration, time } from '../../src/cli/options/types/time.js';
import type { Report } from '../../src/flow/report.js';
import { printJson } from '../../src/report/json-report.js';
import { printJUnit } from '../../src/report/junit-report.js';
import { printMarkdown } from '../../src/report/markdown-report.js';
import { CommandGuard, jsonWithoutCommands, xmlWithoutCommands } from '../../src/terminal/command-guard.js';
import { reportOf } from '../report/sample-report.js';
import { attempt, type Case, growsLinearly, repeated } from '../support/growth.js';

const guard = (text: string): string => new CommandGuard().pass(text);
const printed = (print: (report: Report) => Iterable<string>): ((text: string) => unknown) => {
  return (text) => [...print(reportOf({ name: text, group: text, outcome: 'failed', message: text, details: [text] }))];
};

/** Writes a text in single characters. */
const inParts: Case[2] = (size) => {
  const parts = ':#\x1b[m'.repeat(size).match(/./gsu)!;
  return () => {
    const one = new CommandGuard();
    for (const part of parts) one.pass(part);
  };
};

growsLinearly([
  ['colons', 8000, repeated(guard, ':')],
  ['number signs', 8000, repeated(guard, '#')],
  ['number signs with colors', 4000, repeated(guard, '#\x1b[m')],
  ['colors', 4000, repeated(guard, '\x1b[31m', ':')],
  ['a color without an end', 8000, repeated(guard, '1;', '#\x1b[')],
  ['parts', 1000, inParts],
  ['JSON', 8000, repeated(jsonWithoutCommands, ':##[')],
  ['XML', 8000, repeated(xmlWithoutCommands, ':##[')],
  ['a JSON report', 4000, repeated(printed(printJson), '"\0:')],
  ['a JUnit report', 4000, repeated(printed(printJUnit), '\0<.\ud800')],
  ['a Markdown report', 4000, repeated(printed(printMarkdown), '`\r\n|')],
  ['runs of backticks', 1000, repeated(printed(printMarkdown), '```` ')],
  ['blanks before a count', 4000, repeated((text) => attempt(() => parseExpectation(text)), ' ', '>=', 'x')],
  ['digits of a count', 4000, repeated((text) => attempt(() => parseExpectation(text)), '1', '', ' x')],
  ['blanks after a count', 4000, repeated((text) => attempt(() => parseExpectation(text)), ' ', '3', 'x')],
  ['a figure', 4000, repeated((text) => attempt(() => parseLatency(text)), '9', 'p')],
  ['blanks in a latency', 4000, repeated((text) => attempt(() => parseLatency(text)), ' ', 'p95', 'x')],
  ['a limit', 4000, repeated((text) => attempt(() => parseLatency(text)), '1', 'p95 <')],
  ['a time span', 4000, repeated((text) => attempt(() => duration.parse(text)), '1h', '', 'x')],
  ['digits of a time span', 4000, repeated((text) => attempt(() => duration.parse(text)), '1', '', '.x')],
  ['a file for a report', 4000, repeated((text) => attempt(() => reportFile.parse(text)), '=', 'x')],
  ['a time', 4000, repeated((text) => attempt(() => time.parse(text)), '1', '', '.x')],
]);
