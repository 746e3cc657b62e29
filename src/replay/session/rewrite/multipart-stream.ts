import type { HttpRequest } from '../../../flow/http/http-request.js';
import { holdsDelimiter, splitPart } from '../../../flow/message/multipart-bytes.js';
import { MultipartScanner } from '../../../flow/message/multipart-scanner.js';
import { parameterOf } from '../../../flow/text/parameters.js';
import { rewritePart } from './body.js';
import { type Replacement, SplicedSource } from './spliced-source.js';
import type { TextRewriter } from './text.js';

/** Larger parts are sent as recorded: they are files. */
const LARGEST_PART = 1 << 20;

/**
 * Replaces values in the fields of a multipart body that is too large for memory, such as an upload. The body is read from its
 * place, and only the replaced parts are in memory.
 * @returns false if the body cannot be read in this way
 */
export async function rewriteLargeMultipart(
  { body, headers }: HttpRequest,
  contentType: string,
  path: string,
  rewriter: TextRewriter,
): Promise<boolean> {
  const { stored } = body;
  const boundary = parameterOf(contentType, 'boundary') ?? '';
  if (!stored || boundary === '' || headers.has('content-encoding')) return false;
  const replacements: Replacement[] = [];
  const scanner = new MultipartScanner(boundary, LARGEST_PART, {
    small: (bytes, offset) => {
      const part = splitPart(bytes);
      const changed = rewritePart({ ...part, after: EMPTY }, path, rewriter);
      if (!changed || holdsDelimiter(changed, boundary)) return;
      const start = offset + part.head.length + part.gap.length;
      replacements.push({ start, end: start + part.content.length, bytes: changed });
    },
  });
  for await (const chunk of body.rawChunks()) scanner.push(chunk);
  scanner.end();
  if (replacements.length > 0) body.setStored(new SplicedSource(stored, replacements));
  return true;
}

const EMPTY = Buffer.alloc(0);
