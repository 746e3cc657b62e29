import { JsonError } from './text/json-error.js';

/** Collects members of the wrong type. */
export interface MemberNotes {
  /** @param path such as `response.headers[3].value` @param what such as "is not text" */
  member(path: string, what: string): void;
}

/**
 * Typed access to the members of a parsed JSON object. Missing or null members are undefined. A member of the wrong
 * type is an error that names its path or, if notes are collected, is noted and undefined.
 */
export class Fields {
  private constructor(
    readonly values: Readonly<Record<string, unknown>>,
    private readonly path: string,
    private readonly notes: MemberNotes | undefined,
  ) {}

  /** @throws JsonError if it is not an object */
  static of(value: unknown, path = '', notes?: MemberNotes): Fields {
    if (!isObject(value)) throw wrong(path, 'an object');
    return new Fields(value, path, notes);
  }

  /** The member, of any type. */
  any(key: string): unknown {
    // The keys that are read never collide with `Object.prototype`.
    return this.values[key] ?? undefined;
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

  /** A non-negative integer. */
  size(key: string): number | undefined {
    return this.typed(key, isSize, 'a size');
  }

  list(key: string): unknown[] | undefined {
    return this.typed(key, Array.isArray, 'a list');
  }

  object(key: string): Fields | undefined {
    const value = this.typed(key, isObject, 'an object');
    return value && new Fields(value, this.name(key), this.notes);
  }

  /** The objects of a list; empty without a list. */
  objects(key: string): Fields[] {
    const found: Fields[] = [];
    (this.list(key) ?? []).forEach((item, at) => {
      const path = `${this.name(key)}[${at}]`;
      if (isObject(item)) found.push(new Fields(item, path, this.notes));
      else this.refuse(path, 'an object');
    });
    return found;
  }

  /** @throws JsonError if an item has another type, even if notes are collected */
  items<Item>(key: string, is: (value: unknown) => value is Item, wanted: string): Item[] {
    const list = this.list(key) ?? [];
    if (!list.every(is)) throw wrong(this.name(key), wanted);
    return list as Item[];
  }

  /** Requires a member. @throws JsonError */
  need<Value>(value: Value | undefined, key: string): Value {
    if (value === undefined) throw new JsonError(`${this.name(key)} is missing`);
    return value;
  }

  wrong(key: string, wanted: string): JsonError {
    return wrong(this.name(key), wanted);
  }

  /** Notes an invalid member. @param what such as "is not a date" @throws JsonError without notes */
  note(key: string, what: string): void {
    if (!this.notes) throw new JsonError(`${this.name(key)} ${what}`);
    this.notes.member(this.name(key), what);
  }

  private typed<Value>(key: string, is: (value: unknown) => value is Value, wanted: string): Value | undefined {
    const value = this.any(key);
    if (value === undefined || is(value)) return value;
    this.refuse(this.name(key), wanted);
    return undefined;
  }

  private refuse(path: string, wanted: string): void {
    if (!this.notes) throw wrong(path, wanted);
    this.notes.member(path, `is not ${wanted}`);
  }

  /** The path of a member. */
  name(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
