import { isInJson, type RequestDifference } from './request-differences.js';

/** Replaces the secrets in a text, which are recognised by their form or by the name before them. */
export type Redact = (text: string) => string;

/** A difference with redacted values. Each is redacted with the name of its place in front, as `query password` is a secret. */
export function withoutSecrets({ where, recorded, now }: RequestDifference, redact: Redact): RequestDifference {
  return { where, recorded: redacted(where, recorded, redact), now: redacted(where, now, redact) };
}

function redacted(where: string, value: string | undefined, redact: Redact): string | undefined {
  if (value === undefined) return undefined;
  const before = `${where}: `;
  const isJson = isInJson(where);
  const line = before + (isJson ? value : JSON.stringify(value));
  const safe = redact(line);
  if (safe === line) return value;
  if (!safe.startsWith(before)) return '[redacted]';
  const text = safe.slice(before.length);
  return isJson ? text : unquoted(text);
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
