import { OPERATORS } from './operators/index.js';
import type { Group, Operator } from './operators/operator.js';

const TITLES: Readonly<Record<Group, string>> = {
  kind: 'Flow type',
  address: 'Address',
  status: 'Outcome',
  header: 'Headers',
  body: 'Content',
  measure: 'Size and time',
  mark: 'Annotations',
};

const GRAMMAR = `Expressions
  !A        not           binds tightest
  A & B     and
  A | B     or
  A B       and           binds loosest
  (A)       grouping
  REGEX     the same as ~u REGEX`;

const NOTES = `A regex has Python's syntax and matches anywhere in its subject, ignoring case. If it contains spaces, ( ) ~
or quotes, put it in quotes, and double each backslash inside them.`;

/** The table of operators, formatted for a terminal. */
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
