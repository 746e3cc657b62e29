/** A directive: how it is formatted, and its possible values. */
interface Directive {
  format(time: Date): string | number;
  /** Width to which a number is padded with zeros; absent for text. */
  digits?: number;
  /** The possible texts. */
  words?: readonly string[];
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const short = (words: readonly string[]): string[] => words.map((word) => word.slice(0, 3));

/** Directives of `strftime(3)` in the C locale, in local time. */
const DIRECTIVES: Readonly<Record<string, Directive>> = {
  Y: { digits: 4, format: (time) => time.getFullYear() },
  C: { digits: 2, format: (time) => Math.floor(time.getFullYear() / 100) },
  y: { digits: 2, format: (time) => time.getFullYear() % 100 },
  m: { digits: 2, format: (time) => time.getMonth() + 1 },
  d: { digits: 2, format: (time) => time.getDate() },
  H: { digits: 2, format: (time) => time.getHours() },
  I: { digits: 2, format: (time) => time.getHours() % 12 || 12 },
  M: { digits: 2, format: (time) => time.getMinutes() },
  S: { digits: 2, format: (time) => time.getSeconds() },
  j: { digits: 3, format: dayOfYear },
  U: { digits: 2, format: (time) => Math.floor((dayOfYear(time) + 6 - time.getDay()) / 7) },
  W: { digits: 2, format: (time) => Math.floor((dayOfYear(time) + 6 - ((time.getDay() + 6) % 7)) / 7) },
  G: { digits: 4, format: (time) => isoWeek(time).year },
  V: { digits: 2, format: (time) => isoWeek(time).week },
  u: { digits: 1, format: (time) => time.getDay() || 7 },
  w: { digits: 1, format: (time) => time.getDay() },
  s: { digits: 1, format: (time) => Math.floor(time.getTime() / 1000) },
  a: { words: short(DAYS), format: (time) => short(DAYS)[time.getDay()]! },
  A: { words: DAYS, format: (time) => DAYS[time.getDay()]! },
  b: { words: short(MONTHS), format: (time) => short(MONTHS)[time.getMonth()]! },
  h: { words: short(MONTHS), format: (time) => short(MONTHS)[time.getMonth()]! },
  B: { words: MONTHS, format: (time) => MONTHS[time.getMonth()]! },
  p: { words: ['AM', 'PM'], format: (time) => (time.getHours() < 12 ? 'AM' : 'PM') },
  '%': { words: ['%'], format: () => '%' },
};

/** Directives that expand to others. */
const COMPOSED: Readonly<Record<string, string>> = { F: '%Y-%m-%d', T: '%H:%M:%S', R: '%H:%M' };

const DIRECTIVE = /%(-?)(.)/gs;

/** Formats a time as `strftime(3)` does. Unknown directives stay unchanged. */
export function strftime(text: string, time: Date): string {
  return compose(text).replace(DIRECTIVE, (whole, minus: string, letter: string) => {
    const directive = DIRECTIVES[letter];
    if (!directive) return whole;
    const value = String(directive.format(time));
    return minus || directive.digits === undefined ? value : value.padStart(directive.digits, '0');
  });
}

/** Whether the text depends on the time. */
export function hasDirectives(text: string): boolean {
  return [...compose(text).matchAll(DIRECTIVE)].some(([, , letter]) => letter !== '%' && letter! in DIRECTIVES);
}

/** A regular expression that matches every result for the text. */
export function strftimePattern(text: string): string {
  const composed = compose(text);
  let source = '';
  let end = 0;
  for (const { 0: whole, 1: minus, 2: letter, index } of composed.matchAll(DIRECTIVE)) {
    source += literal(composed.slice(end, index));
    end = index + whole.length;
    const directive = DIRECTIVES[letter!];
    if (!directive) source += literal(whole);
    else if (directive.words) source += `(?:${directive.words.join('|')})`;
    else source += directive.digits === 1 || minus ? NUMBER : `\\d{${directive.digits}}`;
  }
  return source + literal(composed.slice(end));
}

/** A number without leading zeros. Limited in length, because adjacent unlimited numbers would take polynomial time. */
const NUMBER = '\\d{1,12}';

function compose(text: string): string {
  return text.replace(DIRECTIVE, (whole, minus: string, letter: string) =>
    minus ? whole : (COMPOSED[letter] ?? whole),
  );
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** From 1. */
function dayOfYear(time: Date): number {
  return days(time) - days(new Date(time.getFullYear(), 0, 1)) + 1;
}

/** Number of a calendar day, independent of changes of the clock. */
function days(time: Date): number {
  return Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) / 86_400_000;
}

/** The week of ISO 8601: it belongs to the year of its Thursday. */
function isoWeek(time: Date): { year: number; week: number } {
  const thursday = new Date(time.getFullYear(), time.getMonth(), time.getDate() + 4 - (time.getDay() || 7));
  return { year: thursday.getFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}
