import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { flagsOf } from '../../../src/cli/options/command-line.js';
import type { OptionDefinition } from '../../../src/cli/options/definition.js';
import { wrap } from '../../../src/cli/options/help.js';
import { typeText } from '../../../src/cli/options/listing.js';
import { ABSENT_OPTIONS } from '../../../src/cli/options/mitmdump-options.js';
import { OPTION_GROUPS, type OptionName } from '../../../src/cli/options/table/index.js';

const DOCS = new URL('../../../../docs/options.md', import.meta.url);
const MARK = 'docs.test.js -->\n';

const page = readFileSync(DOCS, 'utf8');
const written = page.slice(0, page.indexOf(MARK) + MARK.length);
const generated = `${written}\n${[...OPTION_GROUPS.map(section), absentSection()].join('\n\n')}\n`;

if (process.env.UPDATE_DOCS) writeFileSync(DOCS, generated);
t.ok(page.includes(MARK), 'has the mark');
t.equal(readFileSync(DOCS, 'utf8'), generated, 'docs/options.md agrees with the option table');

function section({ title, options }: (typeof OPTION_GROUPS)[number]): string {
  const items = (Object.entries(options) as [OptionName, OptionDefinition][]).map(([name, definition]) => {
    const names = [`**\`${name}\`**`, flagText(name, definition)].filter(Boolean).join(', ');
    return item(`${names} (${typeText(definition)}, default ${defaultText(definition)}): ${definition.help}`);
  });
  return [`## ${title}`, '', ...items].join('\n');
}

/** An item of a Markdown list, in lines of one width. */
function item(text: string): string {
  const lines = wrap(text, 118);
  // A line that begins so would be an item itself.
  t.notOk(
    lines.some((line) => /^([-+*#>]|\d+[.)])( |$)/.test(line)),
    text,
  );
  return `- ${lines.join('\n  ')}`;
}

function flagText(name: OptionName, definition: OptionDefinition): string {
  const [flag] = flagsOf(name, definition);
  return flag ? `\`${flag.flags.replace(/ <.*/, '')}\`` : '';
}

function defaultText({ default: value, arity, type }: OptionDefinition): string {
  if (value === undefined) return 'none';
  const text = arity === 'many' ? (value as unknown[]).map((each) => type.show(each)).join(' ') : type.show(value);
  return text === '' ? 'empty' : `\`${text}\``;
}

/** The options of mitmdump that are answered with a reason, by reason. */
function absentSection(): string {
  const byReason = new Map<string, string[]>();
  for (const [name, reason] of ABSENT_OPTIONS) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  const items = [...byReason].map(([reason, names]) =>
    item(`${names.map((name) => `\`${name}\``).join(', ')} (${reason.replace(':', '):')}`),
  );
  return ['## Options of mitmdump that are not here', '', ...items].join('\n');
}
