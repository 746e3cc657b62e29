import type { Fields } from '../json/fields.js';

/** When the phases of an exchange ended, in seconds since the epoch. */
export interface Moments {
  started: number;
  connectBegun: number;
  connected: number | undefined;
  sent: number;
  answered: number;
  received: number;
}

/** The moments that `startedDateTime`, `timings` and `time` of an entry tell. */
export function momentsOf(entry: Fields): Moments {
  const timings = entry.object('timings');
  const phase = (key: string): number => Math.max(0, numberOf(timings?.any(key)) ?? 0) / 1000;
  const started = parseTime(entry.any('startedDateTime'));
  const connect = numberOf(timings?.any('connect')) ?? -1;
  const connectBegun = round(started + phase('blocked') + phase('dns'));
  const connected = connect >= 0 ? round(connectBegun + connect / 1000) : undefined;
  const sent = round((connected ?? connectBegun) + phase('send'));
  const answered = round(sent + phase('wait'));
  const time = numberOf(entry.any('time')) ?? 0;
  const received = timings ? round(answered + phase('receive')) : round(started + Math.max(0, time) / 1000);
  return { started, connectBegun, connected, sent, answered: Math.min(answered, received), received };
}

/** ISO 8601 with any offset and any number of digits, or milliseconds since the epoch. @returns seconds; 0 if it is neither */
export function parseTime(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value / 1000 : 0;
  const parts = ISO_8601.exec(String(value).trim());
  const text = parts
    ? `${parts[1]}${(parts[3] ?? 'Z').toUpperCase().replace(/^(...)(\d\d)$/, '$1:$2')}`
    : String(value);
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return 0;
  return parts?.[2] ? round(milliseconds / 1000 + Number(`0.${parts[2]}`)) : milliseconds / 1000;
}

/** White space may stand before the offset, and nowhere else: two places for it beside each other take quadratic time. */
const ISO_8601 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/** Some exporters write numbers as text. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
