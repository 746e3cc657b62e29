import type { Body, ByteSource } from '../../flow/body/body.js';
import { ByteLog } from '../../flow/body/bytelog.js';
import { decodeAtOnce, encodeContent, encodeStream, parseContentEncoding } from '../../flow/body/content-coding.js';
import { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Headers } from '../../flow/http/headers.js';
import { plural } from '../../flow/text/plural.js';
import type { Findings } from '../findings.js';
import type { Redactor } from '../redactor.js';
import type { Edit } from '../text/edits.js';
import { type CallSearch, callRedaction } from './calls.js';
import { redactContent } from './content.js';
import { contentKind } from './content-kind.js';
import { redactStream, UnsearchableError } from './stream.js';

/** What stands in place of a body. */
export interface BodyChange {
  /** Undefined if it is left out. */
  readonly source: ByteSource | undefined;
  readonly size: number;
  /** What was replaced in content without a coding, for positions in it. */
  readonly edits: readonly Edit[];
}

/** Coded content up to this size is decoded in one call. */
const AT_ONCE = 1024 * 1024;
/** Decoded content up to this size is searched in one call. */
const SYNC = 4 * 1024 * 1024;

/**
 * Redacts a body inside its content coding.
 * @param headers of the message
 * @returns undefined if nothing was found; a promise if the body is large or on disk
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
  const codings = parseContentEncoding(headers.get('content-encoding'));
  const job = { redactor, body, type: headers.get('content-type'), codings, place, findings };
  const calls = callRedaction(headers);
  if (calls) return redactPieces(job, (chunks, search) => calls(upTo(chunks, redactor), search));
  const buffer = stored.size <= AT_ONCE ? stored.buffer : undefined;
  if (!buffer) return redactLarge(job);
  let content: Buffer | undefined;
  try {
    content = codings.length === 0 ? buffer : decodeAtOnce(buffer, codings, SYNC);
  } catch (error) {
    return unsearchable(job, (error as Error).message);
  }
  // `decodeAtOnce` cuts off or gives up what is longer.
  return !content || content.length >= SYNC ? redactLarge(job) : redactSmall(job, content);
}

interface Job {
  readonly redactor: Redactor;
  readonly body: Body;
  /** The value of `Content-Type`. */
  readonly type: string | undefined;
  readonly codings: string[];
  readonly place: string;
  readonly findings: Findings;
}

function redactSmall(job: Job, content: Buffer): undefined | BodyChange {
  const { redactor, type, codings, place, findings } = job;
  if (content.length > redactor.limit) return unsearchable(job, tooLarge(redactor));
  const kind = contentKind(type, content);
  if (kind.isOpaque && redactor.dropsBinary) return unsearchable(job, 'binary');
  const found = redactContent(redactor.searcher, content, kind, redactor.replace, (name) => findings.add(place, name));
  if (!found) return undefined;
  const bytes = codings.length === 0 ? found.bytes : encodeContent(found.bytes, codings);
  return { source: inMemory(bytes), size: bytes.length, edits: codings.length === 0 ? found.edits : [] };
}

function redactLarge(job: Job): Promise<undefined | BodyChange> {
  const { type } = job;
  const { limit } = job.redactor;
  return redactPieces(job, (chunks, search) => redactStream(chunks, { ...search, type, limit }));
}

/** Redacts a body piece by piece. */
async function redactPieces(
  job: Job,
  redact: (chunks: AsyncIterable<Buffer>, search: CallSearch) => AsyncIterable<Buffer>,
): Promise<undefined | BodyChange> {
  const { redactor, body, type, codings, place, findings } = job;
  const names: string[] = [];
  const options: CallSearch = {
    searcher: redactor.searcher,
    replace: redactor.replace,
    onFound: (name) => names.push(name),
  };
  let log: ByteLog | undefined;
  try {
    if (redactor.dropsBinary && (await isBinary(body, type))) return unsearchable(job, 'binary');
    // Most bodies hold nothing; they are not written again.
    for await (const _ of redact(body.chunks(), options)) if (names.length > 0) break;
    if (names.length === 0) return undefined;
    names.length = 0;
    log = new ByteLog(redactor.policy ?? new SpoolPolicy());
    const redacted = redact(body.chunks(), options);
    for await (const chunk of encodeStream(redacted, codings)) if (!log.append(chunk)) await log.drained();
  } catch (error) {
    log?.release();
    return unsearchable(job, error instanceof UnsearchableError ? error.reason : (error as Error).message);
  }
  for (const name of names) findings.add(place, name);
  return { source: log, size: log.size, edits: [] };
}

/** @throws UnsearchableError if there is more than the limit */
async function* upTo(chunks: AsyncIterable<Buffer>, redactor: Redactor): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > redactor.limit) throw new UnsearchableError(tooLarge(redactor));
    yield chunk;
  }
}

async function isBinary(body: Body, type: string | undefined): Promise<boolean> {
  for await (const chunk of body.chunks()) return contentKind(type, chunk).isOpaque;
  return false;
}

function tooLarge({ limit }: Redactor): string {
  return `longer than redact_limit (${plural(limit, 'byte')})`;
}

/** @returns undefined if it is kept nevertheless */
function unsearchable({ redactor, body, place, findings }: Job, reason: string): undefined | BodyChange {
  if (!redactor.dropsUnsearchable && reason !== 'binary') {
    findings.keep(place, reason);
    return undefined;
  }
  findings.drop(place, reason);
  return { source: undefined, size: body.size, edits: [] };
}

function inMemory(buffer: Buffer): ByteSource {
  return { size: buffer.length, buffer, read: () => once(buffer), release: () => {} };
}

async function* once(buffer: Buffer): AsyncGenerator<Buffer> {
  if (buffer.length > 0) yield buffer;
}
