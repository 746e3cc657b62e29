import { isDeepStrictEqual } from 'node:util';
import type { HttpFlow } from '../../flow/flow.js';

export type Members = Record<string, unknown>;

/** The objects of an entry whose members are kept. */
export type Part = 'entry' | 'timings' | 'request' | 'postData' | 'response' | 'content';

/**
 * Members of a foreign HAR that a flow cannot represent. They are stored in the flow's metadata as `har`, so that every
 * format carries them.
 */
export interface HarExtras {
  /** Differences between the messages and the file, for users. */
  request?: string[];
  response?: string[];
  /** Original members, by the object that contained them. */
  kept?: Partial<Record<Part, Members>>;
  /** The members that would have been written in their place. While that is unchanged, the original members are written. */
  was?: Partial<Record<Part, Members>>;
  /** Header items that are not fields of the flow, by message. */
  items?: Partial<Record<'request' | 'response', KeptItem[]>>;
  /** The page of the entry and its members. */
  page?: Members;
  /** Members of the log about the whole file. */
  log?: Members;
  /** Whether the entry used an existing connection. */
  reused?: boolean;
}

/** The position of a header item, the item, and the value of the flow's field in its place, if any. */
export type KeptItem = [at: number, item: unknown, value?: string];

/** Tolerance in milliseconds: times are kept to the microsecond. */
const SAME_TIME = 0.001;

/** @returns undefined if the flow does not come from a foreign HAR */
export function harExtras(flow: HttpFlow): HarExtras | undefined {
  const { har } = flow.metadata;
  return isObject(har) && isObject(har.kept) ? (har as HarExtras) : undefined;
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Notes the members of an object that would not be written unchanged.
 * @param written the members that would be written
 * @param others keys that are handled elsewhere
 */
export function keep(
  extras: HarExtras,
  part: Part,
  object: unknown,
  written: Members,
  others: ReadonlySet<string>,
): void {
  if (!isObject(object)) return;
  for (const key in object) {
    if (!others.has(key)) keepMember(extras, part, key, object[key], written[key]);
  }
}

/** Notes a member that would not be written unchanged. */
export function keepMember(extras: HarExtras, part: Part, key: string, value: unknown, written: unknown): void {
  if (value === undefined || isSame(value, written)) return;
  extras.kept ??= {};
  extras.kept[part] ??= {};
  extras.kept[part][key] = value;
  if (written === undefined) return;
  extras.was ??= {};
  extras.was[part] ??= {};
  extras.was[part][key] = written;
}

/** Restores kept members. @param written the members that would be written; it is modified @returns `written` */
export function restore(extras: HarExtras | undefined, part: Part, written: Members): Members {
  const kept = extras?.kept?.[part];
  if (!kept) return written;
  const was = extras.was?.[part] ?? {};
  for (const [key, value] of Object.entries(kept)) if (isSame(was[key], written[key])) written[key] = value;
  return written;
}

function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left === 'number' && typeof right === 'number') return Math.abs(left - right) < SAME_TIME;
  if (!isObject(left) || !isObject(right)) return Array.isArray(left) && isDeepStrictEqual(left, right);
  return (isEmpty(left) && isEmpty(right)) || isDeepStrictEqual(left, right);
}

function isEmpty(object: object): boolean {
  for (const _key in object) return false;
  return true;
}
