import { decodeBase64 } from './text/base64.js';
import { JsonError } from './text/json-error.js';

/** Deeper values are left out, which also ends cycles. */
const DEPTH_LIMIT = 100;

/**
 * Encodes the metadata of addons as JSON. Values that JSON cannot represent become an object with one key that begins
 * with `$`. Values that no flow file can hold (functions, symbols, cycles) are left out.
 */
export function encodeMetadata(metadata: Record<string, unknown>): unknown {
  const kept: [string, unknown][] = [];
  for (const [key, value] of Object.entries(metadata)) {
    try {
      kept.push([key, encode(value, 0)]);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
    }
  }
  return Object.fromEntries(kept);
}

/** @throws JsonError */
export function decodeMetadata(metadata: object): Record<string, unknown> {
  return mapValues(metadata, (value) => decode(value, 0));
}

function encode(value: unknown, depth: number): unknown {
  if (depth > DEPTH_LIMIT) throw new JsonError('the value is nested too deeply');
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : String(value) };
    case 'bigint':
      return { $bigint: String(value) };
    case 'undefined':
      return null;
    case 'function':
    case 'symbol':
      throw new JsonError('JSON cannot represent the value');
    case 'object':
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return { $base64: Buffer.from(value).toString('base64') };
  if (value instanceof Date) return { $date: value.getTime() };
  if (Array.isArray(value)) return value.map((item) => encode(item, depth + 1));
  const object = mapValues(value, (inner) => encode(inner, depth + 1));
  return isMarked(object) ? { $object: object } : object;
}

function decode(value: unknown, depth: number): unknown {
  if (depth > DEPTH_LIMIT * 3) throw new JsonError('metadata is nested too deeply');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => decode(item, depth + 1));
  if (isMarked(value)) {
    const [[key, inner]] = Object.entries(value) as [[string, unknown]];
    if (key === '$object' && typeof inner === 'object' && inner !== null) {
      return mapValues(inner, (one) => decode(one, depth + 1));
    }
    const read = MARKED[key];
    if (read) return read(inner);
  }
  return mapValues(value, (inner) => decode(inner, depth + 1));
}

const MARKED: Readonly<Record<string, (value: unknown) => unknown>> = {
  $base64: (value) => decodeBase64(String(value)),
  $date: (value) => new Date(Number(value)),
  $number: (value) => Number(value),
  $bigint: (value) => {
    if (!isInteger(String(value))) throw new JsonError('metadata has an invalid $bigint');
    return BigInt(String(value));
  },
};

/** Whether an object resembles one of the special forms. */
function isMarked(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0]!.startsWith('$');
}

/** Also handles a key `__proto__`. */
function mapValues(object: object, map: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

/** `BigInt` takes more than linear time, so the length is limited. */
function isInteger(text: string): boolean {
  return text.length <= MAX_DIGITS && /^-?\d+$/.test(text);
}

const MAX_DIGITS = 1001;
