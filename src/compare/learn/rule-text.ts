import { plural } from '../../flow/text/plural.js';
import { oneLine } from '../../flow/text/quote.js';
import type { Endpoint } from './evidence.js';
import { filterFor, type LearnedRule } from './learn-rules.js';

/** Maximum number of endpoints that a comment names. */
const MAX_NAMED = 4;

/** Rules as items of a YAML list, for people: with comments that name the flows behind each rule, but no values. */
export function ruleText(rules: readonly LearnedRule[]): string {
  const hosts = new Set(rules.flatMap(({ from }) => from.map(({ host }) => host)));
  const general = rules.filter(({ endpoint }) => !endpoint);
  const lines = general.flatMap((rule) => [`# ${commentOf(rule)}`, `- ${scalar(rule.text)}`]);
  const byFilter = new Map<string, LearnedRule[]>();
  for (const rule of rules) {
    if (!rule.endpoint) continue;
    const filter = filterFor(rule.endpoint, hosts.size > 1);
    byFilter.set(filter, [...(byFilter.get(filter) ?? []), rule]);
  }
  for (const [filter, own] of byFilter) {
    lines.push(`- ${scalar(filter)}:`);
    for (const rule of own) lines.push(`    # ${commentOf(rule)}`, `    - ${scalar(rule.text)}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function commentOf({ from, frequency }: LearnedRule): string {
  const { differed, compared } = frequency;
  const names = [...new Set(from.map(nameOf))];
  const more = names.length > MAX_NAMED ? `, and ${names.length - MAX_NAMED} more` : '';
  return oneLine(`differed ${differed} of ${plural(compared, 'time')}: ${names.slice(0, MAX_NAMED).join(', ')}${more}`);
}

function nameOf({ method, path }: Endpoint): string {
  return `${method} ${path}`;
}

/** A text as a plain scalar of YAML, or in quotes if YAML would not read it as text. */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z$./~][^\u0000-\u001f\u007f-\u{10ffff}]*$/u.test(text) && !/: |:$| #|\s$/.test(text);
  return isPlain ? text : JSON.stringify(text);
}
