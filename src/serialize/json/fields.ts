import { JsonError } from './json-error.js';

/**
 * The members of an object that was read from JSON, by their types. What is not there, or null, is undefined; what is
 * there and of another type is an error that names the place.
 */
export class Fields {
  private constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly path: string,
  ) {}

  /** @throws JsonError if it is no object */
  static of(value: unknown, path = ''): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object');
    return new Fields(value as Record<string, unknown>, path);
  }

  /** The member whatever it is. */
  any(key: string): unknown {
    return Object.hasOwn(this.values, key) ? (this.values[key] ?? undefined) : undefined;
  }

  text(key: string): string | undefined {
    return this.typed(key, isText, 'text');
  }

  number(key: string): number | undefined {
    return this.typed(key, isNumber, 'a number');
  }

  boolean(key: string): boolean | undefined {
    return this.typed(key, isBoolean, 'true or false');
  }

  /** A whole number that is not negative. */
  size(key: string): number | undefined {
    return this.typed(key, isSize, 'a size');
  }

  list(key: string): unknown[] | undefined {
    return this.typed(key, Array.isArray, 'a list');
  }

  object(key: string): Fields | undefined {
    const value = this.any(key);
    return value === undefined ? undefined : Fields.of(value, this.name(key));
  }

  /** The objects of a list; none if there is no list. */
  objects(key: string): Fields[] {
    return (this.list(key) ?? []).map((item, at) => Fields.of(item, `${this.name(key)}[${at}]`));
  }

  /** @throws JsonError if one of them is of another type */
  items<Item>(key: string, is: (value: unknown) => value is Item, wanted: string): Item[] {
    const list = this.list(key) ?? [];
    if (!list.every(is)) throw wrong(this.name(key), wanted);
    return list as Item[];
  }

  /** For what has to be there. @throws JsonError */
  need<Value>(value: Value | undefined, key: string): Value {
    if (value === undefined) throw new JsonError(`${this.name(key)} is missing`);
    return value;
  }

  wrong(key: string, wanted: string): JsonError {
    return wrong(this.name(key), wanted);
  }

  private typed<Value>(key: string, is: (value: unknown) => value is Value, wanted: string): Value | undefined {
    const value = this.any(key);
    if (value === undefined || is(value)) return value;
    throw wrong(this.name(key), wanted);
  }

  private name(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function wrong(path: string, wanted: string): JsonError {
  return new JsonError(`${path || 'it'} is not ${wanted}`);
}
