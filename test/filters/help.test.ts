import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { filterHelp } from '../../src/filters/index.js';
import { OPERATORS } from '../../src/filters/operators/index.js';

/** The parser, the help and the documentation have the same operators: one table, which the page shows as the program does. */
const page = readFileSync(join(import.meta.dirname, '../../../docs/filters.md'), 'utf8');
const help = filterHelp();
const lines = help.split('\n');

for (const { name, argument, help: explanation } of OPERATORS.values()) {
  const usage = argument ? `~${name} ${argument}` : `~${name}`;
  const line = lines.find((line) => line.startsWith(`  ${usage} `) && line.endsWith(` ${explanation}`));
  t.ok(line, `the help has ${usage}`);
  t.ok(page.includes(`\n${line}\n`), `docs/filters.md has ${line}`);
}

const named = [...page.matchAll(/~([a-z]+\d?)/g)];
t.ok(named.length >= OPERATORS.size);
for (const [, name] of named) t.ok(OPERATORS.has(name!), `~${name} of docs/filters.md exists`);

t.ok(
  lines.every((line) => line.length <= 120),
  'lines are not too long for a terminal',
);
t.match(help, /\n$/);
