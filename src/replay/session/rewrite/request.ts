import type { HttpRequest } from '../../../flow/http/http-request.js';
import { essenceOf } from '../../../flow/text/parameters.js';
import { toWire } from '../../../flow/text/wire-text.js';
import { isCallOrProtobuf } from '../../../protobuf/media-types.js';
import type { ValueSettings } from '../value-settings.js';
import { mayHaveValues, rewriteContent } from './body.js';
import { rewriteCall } from './call.js';
import { rewriteHeaders } from './headers.js';
import { rewriteLargeMultipart } from './multipart-stream.js';
import { TextRewriter } from './text.js';
import type { ValueVisitor } from './visitor.js';

/**
 * Visits and replaces the values in a request: in its target, in its header fields and, if it can be decoded within the limit,
 * in its content.
 * @param path the recorded path, if it has been changed since
 */
export async function rewriteRequest(
  request: HttpRequest,
  settings: ValueSettings,
  visitor: ValueVisitor,
  path = request.path,
): Promise<void> {
  const rewriter = new TextRewriter(settings, visitor);
  const target = request.path;
  const changed = target.startsWith('/') ? rewriter.url(target) : target;
  if (changed !== target) request.path = toWire(changed);
  rewriteHeaders(request.headers, path, rewriter);
  const contentType = request.headers.get('content-type');
  const content = await contentOf(request, settings.limit);
  if (!content && request.body.size > settings.limit && mayHaveValues(contentType)) {
    const isMultipart = essenceOf(contentType).startsWith('multipart/');
    const isDone = isMultipart && (await rewriteLargeMultipart(request, contentType!, path, rewriter));
    if (!isDone) settings.onTooLarge?.();
  }
  if (!content || content.length === 0) return;
  const newContent = isCallOrProtobuf(contentType ?? '')
    ? rewriteCall(content, request.headers, path, rewriter)
    : rewriteContent(content, contentType, path, rewriter);
  if (newContent !== content) request.body.set(newContent);
}

/** The decoded content of a message; undefined if it was not kept, cannot be decoded or exceeds the limit. */
export async function contentOf({ body }: Pick<HttpRequest, 'body'>, limit: number): Promise<Buffer | undefined> {
  if (!body.kept || body.size > limit) return undefined;
  try {
    const content = await body.bytes(limit + 1);
    return content.length > limit ? undefined : content;
  } catch {
    return undefined;
  }
}
