/** A shape is a form of values, such as a UUID. A rule can make all values of one shape equal. */
export type ShapeName = 'uuid' | 'timestamp' | 'jwt' | 'number' | 'any';

export interface Shape {
  readonly name: ShapeName;
  /** Whether a value of JSON, a header, a cookie or a form has the shape. */
  fits(value: unknown): boolean;
  /** Replaces the parts of a longer text that have the shape. */
  mask(text: string): string;
}

const UUID = /(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const DATE_TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?/i;
/** IMF-fixdate (RFC 9110 section 5.6.7), also with dashes as in cookies, and dates of mail. */
const HTTP_DATE =
  /(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2}[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ -]\d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})/i;
/** A JSON Web Token: base64url of `{"…` and two more parts (RFC 7519 section 3). */
const JWT = /(?<![\w-])eyJ[\w-]{2,}\.[\w-]+\.[\w-]*/;
const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/i;

/** A number is a timestamp if it lies in the years 2001 to 2128, in seconds, milli-, micro- or nanoseconds. */
const EPOCH_MIN = 978_307_200;
const EPOCH_MAX = 5_000_000_000;

const PLACEHOLDER = '\0';

export const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  uuid: shapeOf('uuid', [UUID]),
  timestamp: {
    ...shapeOf('timestamp', [DATE_TIME, HTTP_DATE]),
    fits: (value) => isEpoch(value) || (typeof value === 'string' && (isDateText(value) || isEpochText(value))),
  },
  jwt: shapeOf('jwt', [JWT]),
  number: {
    ...shapeOf('number', [NUMBER]),
    fits: (value) => typeof value === 'number' || (typeof value === 'string' && wholly(NUMBER).test(value)),
  },
  any: { name: 'any', fits: () => true, mask: () => PLACEHOLDER },
};

function shapeOf(name: ShapeName, patterns: readonly RegExp[]): Shape {
  const whole = patterns.map(wholly);
  const within = patterns.map(everywhere);
  return {
    name,
    fits: (value) => typeof value === 'string' && whole.some((pattern) => pattern.test(value)),
    mask: (text) => within.reduce((masked, pattern) => masked.replace(pattern, PLACEHOLDER), text),
  };
}

function wholly({ source, flags }: RegExp): RegExp {
  // lint-regex: one of the patterns above, anchored
  return new RegExp(`^(?:${source})$`, flags);
}

function everywhere({ source, flags }: RegExp): RegExp {
  // lint-regex: one of the patterns above
  return new RegExp(source, `${flags}g`);
}

const DATE_ONLY = /^\d{4}-\d\d-\d\d$/;
const WHOLE_DATES = [DATE_TIME, HTTP_DATE].map(wholly);

function isDateText(text: string): boolean {
  return DATE_ONLY.test(text) || WHOLE_DATES.some((pattern) => pattern.test(text));
}

function isEpoch(value: unknown): boolean {
  if (typeof value !== 'number') return false;
  return [1, 1e3, 1e6, 1e9].some((unit) => value >= EPOCH_MIN * unit && value <= EPOCH_MAX * unit);
}

function isEpochText(text: string): boolean {
  return /^\d{9,19}(?:\.\d{1,9})?$/.test(text) && isEpoch(Number(text));
}
