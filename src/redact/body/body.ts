import type { Body, ByteSource } from '../../flow/body/body.js';
import { ByteLog } from '../../flow/body/byte-log.js';
import { decodeAtOnce, encodeContent, encodeStream, parseContentEncoding } from '../../flow/body/content-coding.js';
import { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Headers } from '../../flow/http/headers.js';
import { plural } from '../../flow/text/plural.js';
import type { Findings } from '../findings.js';
import type { Redactor } from '../redactor.js';
import type { Edit } from '../text/edits.js';
import { type CallSearch, callRedaction } from './calls.js';
import { redactContent } from './content.js';
import { type ContentFields, contentFields } from './content-fields.js';
import { redactStream, UnsearchableError } from './stream.js';

/** The replacement of a body that contained secrets or could not be searched. */
export interface BodyChange {
  /** Undefined if the body is removed. */
  readonly source: ByteSource | undefined;
  readonly size: number;
  /** The edits of content without a coding, for moving positions in it; otherwise empty. */
  readonly edits: readonly Edit[];
  /** The position of the digits of `Content-Length`. */
  readonly length: ContentFields['length'];
}

/** Maximum size of coded content that is decoded in one call. */
const AT_ONCE = 1024 * 1024;
/** Content is decoded and searched in one call below this size. */
const SYNC = 4 * 1024 * 1024;

/**
 * Redacts a body. Its content coding is removed first and applied again.
 * @param headers of the message
 * @returns undefined if the body stays unchanged; a promise if it is large or on disk
 */
export function redactBody(
  redactor: Redactor,
  body: Body,
  headers: Headers,
  place: string,
  findings: Findings,
): undefined | BodyChange | Promise<undefined | BodyChange> {
  const { stored } = body;
  if (!stored || body.size === 0) return undefined;
  const { type, encoding, length } = contentFields(headers);
  const codings = parseContentEncoding(encoding);
  const job: BodyRedaction = { redactor, body, type, codings, length, place, findings };
  if (type !== undefined && redactor.searcher.kinds.isCall(type)) {
    const calls = callRedaction(type, headers);
    return redactPieces(job, (chunks, search) => calls.redact(upTo(chunks, redactor), search), calls.keepsBytes);
  }
  const buffer = stored.size <= AT_ONCE ? stored.buffer : undefined;
  if (!buffer) return redactLarge(job);
  let content: Buffer | undefined;
  let rest: string | undefined;
  const onRest = (coding: string): void => {
    rest = coding;
  };
  try {
    content = codings.length === 0 ? buffer : decodeAtOnce(buffer, codings, SYNC, undefined, onRest);
  } catch (error) {
    return unsearchable(job, (error as Error).message);
  }
  // `decodeAtOnce` truncates longer content or gives up on it.
  return !content || content.length >= SYNC ? redactLarge(job) : redactSmall(job, content, rest);
}

interface BodyRedaction {
  readonly redactor: Redactor;
  readonly body: Body;
  /** The value of `Content-Type`. */
  readonly type: string | undefined;
  readonly codings: string[];
  readonly length: ContentFields['length'];
  readonly place: string;
  readonly findings: Findings;
}

/** @param rest the coding that ends before the body does */
function redactSmall(job: BodyRedaction, content: Buffer, rest: string | undefined): undefined | BodyChange {
  const { redactor, type, codings, place, findings } = job;
  if (content.length > redactor.limit) return unsearchable(job, tooLarge(redactor));
  const kind = redactor.searcher.kinds.of(type, content);
  if (kind.isOpaque && redactor.dropsBinary) return unsearchable(job, 'binary');
  const found = redactContent(redactor.searcher, content, kind, redactor.replace, (name) => findings.add(place, name));
  if (rest !== undefined) leaveOut(job, rest);
  else if (!found) return undefined;
  const redacted = found?.bytes ?? content;
  const bytes = codings.length === 0 ? redacted : encodeContent(redacted, codings);
  return {
    source: inMemory(bytes),
    size: bytes.length,
    edits: codings.length === 0 ? (found?.edits ?? []) : [],
    length: job.length,
  };
}

function redactLarge(job: BodyRedaction): Promise<undefined | BodyChange> {
  const { type } = job;
  const { limit } = job.redactor;
  return redactPieces(job, (chunks, search) => redactStream(chunks, { ...search, type, limit }));
}

/**
 * Redacts a body in pieces.
 * @param keepsBytes whether pieces without secrets equal the bytes of the body
 */
async function redactPieces(
  job: BodyRedaction,
  redact: (chunks: AsyncIterable<Buffer>, search: CallSearch) => AsyncGenerator<Buffer>,
  keepsBytes = true,
): Promise<undefined | BodyChange> {
  const { redactor, body, type, codings, place, findings } = job;
  const names: string[] = [];
  const options: CallSearch = {
    searcher: redactor.searcher,
    replace: redactor.replace,
    onFound: (name) => names.push(name),
  };
  let rest: string | undefined;
  const onRest = (coding: string): void => {
    rest = coding;
  };
  let log: ByteLog | undefined;
  try {
    if (redactor.dropsBinary && (await isBinary(redactor, body, type))) return unsearchable(job, 'binary');
    const pieces = redact(body.chunks(undefined, onRest), options);
    // Most bodies contain no secret and are not written again.
    const first = await firstChanged(pieces, names);
    if (!first && rest === undefined) return undefined;
    if (first && !keepsBytes) {
      await pieces.return(undefined);
      names.length = 0;
    }
    log = new ByteLog(redactor.policy ?? new SpoolPolicy());
    const content =
      first && keepsBytes ? joined(body.chunks(), first, pieces) : redact(body.chunks(undefined, onRest), options);
    for await (const chunk of encodeStream(content, codings)) if (!log.append(chunk)) await log.drained();
  } catch (error) {
    log?.release();
    return unsearchable(job, error instanceof UnsearchableError ? error.reason : (error as Error).message);
  }
  for (const name of names) findings.add(place, name);
  if (rest !== undefined) leaveOut(job, rest);
  return { source: log, size: log.size, edits: [], length: job.length };
}

/** @throws UnsearchableError if the limit is exceeded */
async function* upTo(chunks: AsyncIterable<Buffer>, redactor: Redactor): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > redactor.limit) throw new UnsearchableError(tooLarge(redactor));
    yield chunk;
  }
}

/** The first piece with a replacement, and the number of bytes before it. */
interface Changed {
  readonly piece: Buffer;
  readonly before: number;
}

async function firstChanged(pieces: AsyncGenerator<Buffer>, names: readonly string[]): Promise<Changed | undefined> {
  let before = 0;
  // `for await` would close the generator, which is read further by the caller.
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    if (names.length > 0) return { piece: next.value, before };
    before += next.value.length;
  }
  return undefined;
}

/** Reads the bytes before the first replacement from the original body, which avoids a second search. */
async function* joined(
  original: AsyncIterable<Buffer>,
  { piece, before }: Changed,
  rest: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let left = before;
  if (left > 0) {
    for await (const chunk of original) {
      yield chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= chunk.length;
      if (left <= 0) break;
    }
  }
  yield piece;
  yield* rest;
}

async function isBinary({ searcher }: Redactor, body: Body, type: string | undefined): Promise<boolean> {
  for await (const chunk of body.chunks()) return searcher.kinds.of(type, chunk).isOpaque;
  return false;
}

function tooLarge({ limit }: Redactor): string {
  return `longer than redact_limit (${plural(limit, 'byte')})`;
}

/** @returns undefined if the body is kept without a search */
function unsearchable({ redactor, body, place, findings }: BodyRedaction, reason: string): undefined | BodyChange {
  if (!redactor.dropsUnsearchable && reason !== 'binary') {
    findings.keep(place, reason);
    return undefined;
  }
  findings.drop(place, reason);
  return { source: undefined, size: body.size, edits: [], length: undefined };
}

/** Bytes after the coded content are not searched, and not in the redacted body. */
function leaveOut({ place, findings }: BodyRedaction, coding: string): void {
  findings.drop(place, `bytes after its ${coding} content`);
}

function inMemory(buffer: Buffer): ByteSource {
  return { size: buffer.length, buffer, read: () => once(buffer), release: () => {} };
}

async function* once(buffer: Buffer): AsyncGenerator<Buffer> {
  if (buffer.length > 0) yield buffer;
}
