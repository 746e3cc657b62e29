import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { flagsOf } from '../../../src/cli/options/command-line.js';
import type { OptionDefinition } from '../../../src/cli/options/definition.js';
import { typeText } from '../../../src/cli/options/listing.js';
import { OPTION_GROUPS, type OptionName } from '../../../src/cli/options/table/index.js';
import { ABSENT_OPTIONS } from '../../../src/cli/options/table/mitmdump-options.js';

const DOCS = new URL('../../../../docs/options.md', import.meta.url);
const MARK = 'docs.test.js -->\n';

const page = readFileSync(DOCS, 'utf8');
const written = page.slice(0, page.indexOf(MARK) + MARK.length);
const generated = `${written}\n${[...OPTION_GROUPS.map(section), absentSection()].join('\n\n')}\n`;

if (process.env.UPDATE_DOCS) writeFileSync(DOCS, generated);
t.ok(page.includes(MARK), 'has the mark');
t.equal(readFileSync(DOCS, 'utf8'), generated, 'docs/options.md says what the option table says');

function section({ title, options }: (typeof OPTION_GROUPS)[number]): string {
  const head = [`## ${title}`, '', '| option | flag | type | default | |', '|---|---|---|---|---|'];
  const rows = (Object.entries(options) as [OptionName, OptionDefinition][]).map(([name, definition]) =>
    [`| \`${name}\``, flagText(name, definition), typeText(definition), defaultText(definition), `${definition.help} |`]
      .map((cell) => cell.trim())
      .join(' | '),
  );
  return [...head, ...rows].join('\n');
}

function flagText(name: OptionName, definition: OptionDefinition): string {
  const [flag] = flagsOf(name, definition);
  return flag ? `\`${flag.flags.replace(/ <.*/, '')}\`` : '';
}

function defaultText({ default: value, arity, type }: OptionDefinition): string {
  if (value === undefined) return 'none';
  const texts = arity === 'many' ? (value as unknown[]).map((each) => type.show(each)) : [type.show(value)];
  return `\`${texts.join(' ')}\``;
}

/** The options of mitmdump that are answered with a reason, by reason. */
function absentSection(): string {
  const byReason = new Map<string, string[]>();
  for (const [name, reason] of ABSENT_OPTIONS) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  const rows = [...byReason].map(
    ([reason, names]) => `| ${names.map((name) => `\`${name}\``).join(', ')} | ${reason} |`,
  );
  return ['## Options of mitmdump that are not here', '', '| option | |', '|---|---|', ...rows].join('\n');
}
