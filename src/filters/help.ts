import { OPERATORS } from './operators/index.js';
import type { Group, Operator } from './operators/operator.js';

const TITLES: Readonly<Record<Group, string>> = {
  kind: 'Kind of flow',
  address: 'Address',
  status: 'Outcome',
  header: 'Headers',
  body: 'Content',
  measure: 'Size and time',
  mark: 'Notes',
};

const GRAMMAR = `Expressions
  !A        not           binds most
  A & B     and
  A | B     or
  A B       and           binds least
  (A)       grouping
  REGEX     the same as ~u REGEX`;

const NOTES = `A regex is written as in Python and matches anywhere in its subject, in upper or lower case. One with blanks,
( ) ~ or quotes in it stands in quotes; inside quotes each backslash is doubled.`;

/** The table of operators as text for a terminal. */
export function filterHelp(): string {
  const operators = [...OPERATORS.values()];
  const width = Math.max(...operators.map((operator) => usage(operator).length));
  const sections = Object.entries(TITLES).map(([group, title]) => {
    const rows = operators.filter((operator) => operator.group === group);
    return [title, ...rows.map((operator) => `  ${usage(operator).padEnd(width)}  ${operator.help}`)].join('\n');
  });
  return `${[GRAMMAR, ...sections, NOTES].join('\n\n')}\n`;
}

function usage({ name, argument }: Operator): string {
  return argument ? `~${name} ${argument}` : `~${name}`;
}
