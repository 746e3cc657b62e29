import { createHash, type Hash } from 'node:crypto';
import type { Body } from '../../flow/body/body.js';
import { ContentCodingError } from '../../flow/body/content-coding.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import type { Definitions, MessageType } from '../../protobuf/definitions/definitions.js';
import type { Difference } from '../difference.js';
import type { Equality } from '../equality.js';
import type { OnScalars } from '../json/compare-json.js';
import { compareCalls } from './compare-calls.js';
import { compareContent, hashText, size } from './compare-content.js';
import { comparedParts } from './open-ended.js';

export interface BodyOptions {
  /** Maximum decoded bytes; longer bodies are compared by length and hash. */
  readonly limit: number;
  /** The relative difference that is allowed between sizes; undefined for any. */
  readonly sizeTolerance: number | undefined;
  readonly onScalars?: OnScalars | undefined;
  /** Definitions of messages of Protobuf. */
  readonly definitions?: Definitions | undefined;
  /** The type of the messages of a call. */
  readonly type?: MessageType | undefined;
}

/** Compares the bodies of two responses, without their content coding. Long ones are streamed. */
export function compareBodies(
  recorded: HttpResponse,
  replayed: HttpResponse,
  equality: Equality,
  options: BodyOptions,
): Difference[] | Promise<Difference[]> {
  if (!options.onScalars && sameAtOnce(recorded, replayed)) return [];
  const [was, now] = [bytesAtOnce(recorded), bytesAtOnce(replayed)];
  if (was && now && was.length <= options.limit && now.length <= options.limit) {
    return compareDecoded(recorded, was, replayed, now, equality, options);
  }
  return compareSlowly(recorded, replayed, equality, options);
}

/** The content, if it is in memory and has no coding. */
function bytesAtOnce({ body, headers }: HttpResponse): Buffer | undefined {
  if (body.size === 0) return EMPTY;
  const bytes = body.stored?.buffer;
  return bytes && !headers.has('content-encoding') ? bytes : undefined;
}

const EMPTY = Buffer.alloc(0);

/** Whether both are in memory and have equal bytes in the same coding. */
function sameAtOnce(recorded: HttpResponse, replayed: HttpResponse): boolean {
  const [was, now] = [recorded.body, replayed.body];
  if (was.size !== now.size) return false;
  if (was.size === 0) return true;
  const [before, after] = [was.stored?.buffer, now.stored?.buffer];
  if (!before || !after || !before.equals(after)) return false;
  const [first, second] = [recorded.headers, replayed.headers];
  return first.bytes.equals(second.bytes) || first.get('content-encoding') === second.get('content-encoding');
}

async function compareSlowly(
  recorded: HttpResponse,
  replayed: HttpResponse,
  equality: Equality,
  options: BodyOptions,
): Promise<Difference[]> {
  if (!recorded.body.kept || !replayed.body.kept) return notKept(recorded.body, replayed.body);
  try {
    return await compareKept(recorded, replayed, equality, options);
  } catch (error) {
    if (!(error instanceof ContentCodingError)) throw error;
    return compareCoded(recorded.body, replayed.body, error);
  }
}

async function compareKept(
  recorded: HttpResponse,
  replayed: HttpResponse,
  equality: Equality,
  options: BodyOptions,
): Promise<Difference[]> {
  const { limit } = options;
  const [was, now] = [await recorded.body.bytes(limit + 1), await replayed.body.bytes(limit + 1)];
  if (was.length > limit || now.length > limit) {
    return compareStreams(recorded.body, replayed.body, equality, options.sizeTolerance);
  }
  return compareDecoded(recorded, was, replayed, now, equality, options);
}

function compareDecoded(
  recorded: HttpResponse,
  was: Buffer,
  replayed: HttpResponse,
  now: Buffer,
  equality: Equality,
  { limit, sizeTolerance, onScalars, definitions, type }: BodyOptions,
): Difference[] {
  if (!onScalars && was.equals(now)) return [];
  const isOpenEnded = !recorded.body.complete && !replayed.body.complete;
  const before = { bytes: was, contentType: recorded.headers.get('content-type'), headers: recorded.headers };
  const after = { bytes: now, contentType: replayed.headers.get('content-type'), headers: replayed.headers };
  const calls = compareCalls(before, after, equality, { limit, definitions, type, isOpenEnded, onScalars });
  if (isOpenEnded && !calls) [before.bytes, after.bytes] = comparedParts(was, now);
  const differences = sizeDifference(before.bytes.length, after.bytes.length, sizeTolerance);
  if (calls) return equality.rules.ignoresBody ? differences : [...differences, ...calls];
  const found = compareContent('body', before, after, equality, onScalars);
  if (found.length > 0 && !equality.rules.ignoresBody) differences.push(...found);
  return differences;
}

async function compareStreams(
  was: Body,
  now: Body,
  equality: Equality,
  sizeTolerance: number | undefined,
): Promise<Difference[]> {
  const [before, after] = [await digest(was), await digest(now)];
  if (before.sha256 === after.sha256) return [];
  const differences = sizeDifference(before.length, after.length, sizeTolerance);
  if (equality.rules.ignoresBody) return differences;
  const shown = { was: hashText(before.length, before.sha256), now: hashText(after.length, after.sha256) };
  return [...differences, { kind: 'body', place: 'body', group: 'body', ...shown }];
}

async function digest(body: Body): Promise<{ length: number; sha256: string }> {
  const hash: Hash = createHash('sha256');
  let length = 0;
  for await (const chunk of body.chunks()) {
    length += chunk.length;
    hash.update(chunk);
  }
  return { length, sha256: hash.digest('hex') };
}

/** Content that cannot be decoded is equal only if its coded bytes are. */
async function compareCoded(was: Body, now: Body, { message }: Error): Promise<Difference[]> {
  const [before, after] = [createHash('sha256'), createHash('sha256')];
  for await (const chunk of was.rawChunks()) before.update(chunk);
  for await (const chunk of now.rawChunks()) after.update(chunk);
  if (before.digest('hex') === after.digest('hex')) return [];
  const shown = {
    was: size(was.size),
    now: `${size(now.size)}; not compared, as a body cannot be decoded: ${message}`,
  };
  return [{ kind: 'body', place: 'body', group: 'body', ...shown }];
}

function notKept(was: Body, now: Body): Difference[] {
  const shown = (body: Body) => (body.kept ? size(body.size) : `${size(body.size)}, not recorded`);
  return was.size === now.size
    ? []
    : [{ kind: 'size', place: 'size', group: 'size', was: shown(was), now: shown(now) }];
}

function sizeDifference(was: number, now: number, tolerance: number | undefined): Difference[] {
  if (tolerance === undefined || Math.abs(now - was) <= was * tolerance) return [];
  return [{ kind: 'size', place: 'size', group: 'size', was: size(was), now: size(now) }];
}
