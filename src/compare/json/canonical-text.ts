import type { AppliedRules } from '../rules/applied-rules.js';
import type { RulePlace } from '../rules/rule-place.js';
import { BigNumber } from './big-number.js';

/** A text that is the same for values that are equal under the rules. Names are sorted, numbers have one form. */
export function canonicalText(value: unknown, rules: AppliedRules, place: RulePlace | undefined): string {
  for (const { effect } of place?.rules ?? []) {
    if (effect.type === 'ignore') return '';
    if (effect.type === 'shape' && effect.shape.fits(plain(value))) return effect.shape.name;
    if (effect.type === 'text' && typeof value === 'string') return JSON.stringify(effect.mask(value));
  }
  if (typeof value === 'string') return rules.shapeOf(value) ?? JSON.stringify(rules.masked(value));
  if (value instanceof BigNumber) return value.value;
  if (typeof value !== 'object' || value === null) return rules.shapeOf(value) ?? String(value);
  if (Array.isArray(value)) return `[${value.map((item, at) => canonicalText(item, rules, place?.at(at))).join()}]`;
  const members = Object.keys(value)
    .sort()
    .map((name) => {
      const text = canonicalText((value as Record<string, unknown>)[name], rules, place?.at(name));
      return `${JSON.stringify(name)}:${text}`;
    });
  return `{${members.join()}}`;
}

function plain(value: unknown): unknown {
  return value instanceof BigNumber ? Number(value.text) : value;
}
