import { isDeepStrictEqual } from 'node:util';
import type { HttpFlow } from '../../flow/flow.js';

export type Members = Record<string, unknown>;

/** The objects of an entry of which members are kept. */
export type Part = 'entry' | 'timings' | 'request' | 'postData' | 'response' | 'content';

/**
 * What a HAR of another program says and a flow has no place for. It stands in the flow's metadata, as `har`, so that
 * every format carries it.
 */
export interface HarFacts {
  /** What of the messages is not as the file says, for people. */
  request?: string[];
  response?: string[];
  /** Members as they were, by the object in which they stood. */
  kept?: Partial<Record<Part, Members>>;
  /** What would have been written in their place: as long as that is so, they stand as they were. */
  was?: Partial<Record<Part, Members>>;
  /** Header items that are no fields of the flow, by the message. */
  items?: Partial<Record<'request' | 'response', KeptItem[]>>;
  /** The page of the entry, with what belongs to it. */
  page?: Members;
  /** Members of the log that are about the whole file. */
  log?: Members;
  /** The entry used a connection that was there before. */
  reused?: boolean;
}

/** Where a header item stood, the item, and the value that the flow has in its place, if it has one. */
export type KeptItem = [at: number, item: unknown, value?: string];

/** Times are kept to the microsecond; those of a HAR are in milliseconds. */
const SAME_TIME = 0.001;

/** @returns undefined if the flow is from no HAR of another program */
export function harFacts(flow: HttpFlow): HarFacts | undefined {
  const { har } = flow.metadata;
  return isObject(har) && isObject(har.kept) ? (har as HarFacts) : undefined;
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Notes the members of an object that would not be written as they are.
 * @param written what would be written
 * @param others keys that are looked after elsewhere
 */
export function keep(
  facts: HarFacts,
  part: Part,
  object: unknown,
  written: Members,
  others: ReadonlySet<string>,
): void {
  if (!isObject(object)) return;
  for (const key in object) {
    if (!others.has(key)) keepMember(facts, part, key, object[key], written[key]);
  }
}

/** Notes a member that would not be written as it is. */
export function keepMember(facts: HarFacts, part: Part, key: string, value: unknown, written: unknown): void {
  if (value === undefined || isSame(value, written)) return;
  facts.kept ??= {};
  facts.kept[part] ??= {};
  facts.kept[part][key] = value;
  if (written === undefined) return;
  facts.was ??= {};
  facts.was[part] ??= {};
  facts.was[part][key] = written;
}

/** Puts the members that were kept where they were. @param written what would be written, which is altered @returns it */
export function restore(facts: HarFacts | undefined, part: Part, written: Members): Members {
  const kept = facts?.kept?.[part];
  if (!kept) return written;
  const was = facts.was?.[part] ?? {};
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
