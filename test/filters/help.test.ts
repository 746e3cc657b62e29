import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { filterHelp } from '../../src/filters/index.js';
import { OPERATORS } from '../../src/filters/operators/index.js';

/** Parser, help and documentation come from one table; the page is written by hand and compared with it here. */
const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/filters.md'), 'utf8');
const help = filterHelp();

for (const { name, argument, help: line } of OPERATORS.values()) {
  const usage = argument ? `~${name} ${argument}` : `~${name}`;
  t.match(help, new RegExp(`^ {2}${literally(usage)} +${literally(line)}$`, 'm'), `the help has ${usage}`);
  t.ok(PAGE.includes(`| \`${usage}\` | ${line} |`), `docs/filters.md has | \`${usage}\` | ${line} |`);
}

for (const [, name] of PAGE.matchAll(/^\| `~(\w+)/gm)) t.ok(OPERATORS.has(name!), `~${name} of docs/filters.md exists`);

t.ok(
  help.split('\n').every((line) => line.length <= 120),
  'lines are not too long for a terminal',
);
t.match(help, /\n$/);

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
