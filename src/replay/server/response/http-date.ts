const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** North American time zones, in hours behind UTC (RFC 5322 section 4.3). */
const ZONES: Readonly<Record<string, number>> = { EST: 5, EDT: 4, CST: 6, CDT: 5, MST: 7, MDT: 6, PST: 8, PDT: 7 };

/**
 * Parses a date in a format of HTTP (RFC 9110 section 5.6.7) or of mail (RFC 5322).
 * @returns milliseconds since the epoch; undefined if the text is not a date
 */
export function parseHttpDate(text: string): number | undefined {
  return parseFixdate(text) ?? parseOther(text);
}

/** The preferred format, `Sun, 06 Nov 1994 08:49:37 GMT`. Responses have it nearly always, and a regex takes ten times as long. */
function parseFixdate(text: string): number | undefined {
  if (text.length !== 29 || !text.startsWith(', ', 3) || !text.endsWith(' GMT')) return undefined;
  const month = MONTHS.indexOf(text.slice(8, 11).toLowerCase());
  const year = digits(text, 12) * 100 + digits(text, 14);
  const [day, hours, minutes, seconds] = [digits(text, 5), digits(text, 17), digits(text, 20), digits(text, 23)];
  if (month < 0 || text[7] !== ' ' || text[11] !== ' ' || text[16] !== ' ' || year < 100) return undefined;
  const date = text[19] === ':' && text[22] === ':' ? Date.UTC(year, month, day, hours, minutes, seconds) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}

/** The number of two digits; NaN if they are none. */
function digits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at) - ZERO, text.charCodeAt(at + 1) - ZERO];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const ZERO = 48;

function parseOther(text: string): number | undefined {
  const short = text.slice(0, LONGEST);
  const [, day, month, year, time, zone] = COMMON.exec(short) ?? asctime(short);
  const monthNumber = MONTHS.indexOf(month?.slice(0, 3).toLowerCase() ?? '');
  if (monthNumber < 0) return undefined;
  const [hours, minutes, seconds = 0] = time!.split(':').map(Number);
  return Date.UTC(fullYear(year!), monthNumber, Number(day), hours, minutes, seconds) - offsetOf(zone ?? 'GMT');
}

/** Matches `Sun, 06 Nov 1994 08:49:37 GMT` and `Sunday, 06-Nov-94 08:49:37 GMT`. */
const COMMON =
  /^[ \t]*(?:[A-Za-z]{3,9},?[ \t]*)?(\d{1,2})[ \t-]([A-Za-z]{3,9})[ \t-](\d{2,4})[ \t]+(\d{1,2}:\d{1,2}(?::\d{1,2})?)(?:[ \t]+(\S{1,9}))?/;
/** Matches `Sun Nov  6 08:49:37 1994`. */
const ASCTIME =
  /^[ \t]*[A-Za-z]{3,9}[ \t]+([A-Za-z]{3,9})[ \t]+(\d{1,2})[ \t]+(\d{1,2}:\d{1,2}(?::\d{1,2})?)[ \t]+(\d{4})/;

function asctime(text: string): (string | undefined)[] {
  const [all, month, day, time, year] = ASCTIME.exec(text) ?? [];
  return [all, day, month, year, time];
}

const LONGEST = 100;

/** Expands a year of two digits (RFC 9110 section 5.6.7). */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length > 2) return year;
  return year + (year > 68 ? 1900 : 2000);
}

/** Milliseconds ahead of UTC. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})$/.exec(zone) ?? [];
  if (sign === undefined) return -(ZONES[zone.toUpperCase()] ?? 0) * HOUR;
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
