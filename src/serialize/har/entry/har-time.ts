import type { Fields } from '../../json/fields.js';
import type { Omissions } from '../../shared/omissions.js';

/** End times of the phases of an exchange, in seconds since the epoch. */
export interface Moments {
  started: number;
  connectBegun: number;
  connected: number | undefined;
  sent: number;
  answered: number;
  received: number;
}

/** A `time` that exceeds the sum of its phases by less is due to rounding. In milliseconds. */
const ROUNDING = 1;
/** Limit of `Date` (ECMA-262 section 21.4.1.1). In milliseconds. */
const DATE_LIMIT = 8.64e15;
/** Numbers below it are dates in seconds, above it in milliseconds. */
const SECONDS_LIMIT = 1e11;

/** The moments given by `startedDateTime`, `timings` and `time` of an entry. */
export function momentsOf(entry: Fields, omissions: Omissions): Moments {
  const started = startOf(entry, omissions);
  const timings = entry.object('timings');
  const phase = (key: string): number | undefined => timings && duration(timings, key);
  const blocked = phase('blocked') ?? 0;
  const dns = phase('dns') ?? 0;
  const connect = phase('connect');
  const ssl = phase('ssl') ?? 0;
  const send = phase('send') ?? 0;
  const wait = phase('wait') ?? 0;
  const receive = phase('receive') ?? 0;
  const time = duration(entry, 'time') ?? 0;

  const sum = blocked + dns + (connect ?? 0) + send + wait + receive;
  const handshake = isAdditional(ssl, connect ?? 0, sum, time) ? ssl : 0;
  const isConnected = connect !== undefined || handshake > 0;
  const connectBegun = round(started + (blocked + dns) / 1000);
  const connected = isConnected ? round(connectBegun + ((connect ?? 0) + handshake) / 1000) : undefined;
  const sent = round((connected ?? connectBegun) + send / 1000);
  const answered = round(sent + wait / 1000);
  const isLonger = time >= sum + handshake + ROUNDING;
  const received = isLonger ? round(started + time / 1000) : round(answered + receive / 1000);
  return { started, connectBegun, connected, sent, answered, received };
}

/**
 * Whether `ssl` is counted in addition to `connect`, as Firefox, mitmproxy, Playwright and newman do; HAR 1.2 includes
 * it. The `time` of the entry decides; without it, `ssl` must not exceed `connect`. All in milliseconds.
 * @param sum the sum of the phases without `ssl`
 */
function isAdditional(ssl: number, connect: number, sum: number, time: number): boolean {
  if (ssl === 0) return false;
  return time > 0 ? Math.abs(sum + ssl - time) < Math.abs(sum - time) : ssl > connect;
}

/** Milliseconds; undefined if negative, which means "not applicable" or "unknown". */
function duration(fields: Fields, key: string): number | undefined {
  const number = numberMember(fields, key);
  return number !== undefined && number >= 0 ? number : undefined;
}

function startOf(entry: Fields, omissions: Omissions): number {
  const value = entry.any('startedDateTime');
  if (value === undefined || value === '') {
    omissions.missing('startedDateTime');
    return 0;
  }
  const started = readTime(value);
  if (started === undefined) entry.note('startedDateTime', 'is not a date');
  return started ?? 0;
}

/**
 * Parses ISO 8601 with any offset and any number of digits, or seconds or milliseconds since the epoch.
 * @returns seconds; 0 if invalid
 */
export function parseTime(value: unknown): number {
  return readTime(value) ?? 0;
}

function readTime(value: unknown): number | undefined {
  const number = numberOf(value);
  if (number !== undefined) {
    const milliseconds = Math.abs(number) < SECONDS_LIMIT ? number * 1000 : number;
    return Math.abs(milliseconds) <= DATE_LIMIT ? milliseconds / 1000 : undefined;
  }
  if (typeof value !== 'string') return undefined;
  if (PLAIN_TIME.test(value)) {
    const time = Date.parse(value);
    return Number.isNaN(time) ? undefined : time / 1000;
  }
  const parts = ISO_8601.exec(value.trim());
  const text = parts
    ? `${parts[1]}T${parts[2]}${(parts[4] ?? 'Z').toUpperCase().replace(/^(...)(\d\d)$/, '$1:$2')}`
    : value;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return undefined;
  return parts?.[3] ? round(milliseconds / 1000 + Number(`0.${parts[3]}`)) : milliseconds / 1000;
}

/** The format written by `Date`. */
const PLAIN_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** White space is allowed only before the offset: two adjacent optional runs would take quadratic time. */
const ISO_8601 = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/** A number, also as text. Any other value is noted, except an empty text. */
export function numberMember(fields: Fields, key: string): number | undefined {
  const value = fields.any(key);
  if (value === undefined || value === '') return undefined;
  const number = numberOf(value);
  if (number === undefined) fields.note(key, 'is not a number');
  return number;
}

/** Accepts numbers as text, as some exporters write them. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
