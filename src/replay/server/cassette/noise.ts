import type { RequestDifference } from '../miss/request-differences.js';

/** Names of parameters and fields that often differ from run to run. */
const NOISY_NAME =
  /^(?:_|_dc|cb|cachebuster|cache_?bust|nonce|rand|random|t|ts|time|timestamp|now|date|seq|sequence|uuid|guid|request_?id|req_?id|trace_?id|span_?id|session_?id|correlation_?id|idempotency_?key|state|csrf(?:_?token)?)$/i;
const UUID = /^"?[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}"?$/i;
/** Seconds or milliseconds since the epoch, in this century. */
const TIME = /^"?(?:1[0-9]{9}|[2-4][0-9]{9}|1[0-9]{12})(?:\.\d{1,9})?"?$/;
const ISO_TIME = /^"?\d{4}-\d\d-\d\dT\d\d:\d\d/;

/**
 * The `--ignore` rules that make two requests equal, if they differ only by noise.
 * @returns undefined if there are other differences
 */
export function noiseRules(differences: readonly RequestDifference[]): string[] | undefined {
  const rules = new Set<string>();
  for (const difference of differences) {
    const rule = ruleOf(difference);
    if (rule === undefined) return undefined;
    rules.add(rule);
  }
  return rules.size > 0 ? [...rules] : undefined;
}

function ruleOf({ where, recorded, now }: RequestDifference): string | undefined {
  if (recorded === undefined || now === undefined) return undefined;
  const [, kind, name] = /^(query|form|part|header) (.*)$/s.exec(where) ?? [];
  const isPath = where.startsWith('$');
  const last = isPath ? lastName(where) : name;
  if (last === undefined || !(NOISY_NAME.test(last) || (isShape(recorded) && isShape(now)))) return undefined;
  if (isPath) return where;
  return kind === 'header' ? `header:${name}` : `param:${name}`;
}

/** The last name in a JSON path. */
function lastName(path: string): string | undefined {
  return path.split(/[.[\]"]/).findLast((name) => name !== '' && name !== '$');
}

function isShape(text: string): boolean {
  return UUID.test(text) || TIME.test(text) || ISO_TIME.test(text);
}
