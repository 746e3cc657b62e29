import { Headers } from '../../../flow/http/headers.js';
import {
  holdsDelimiter,
  joinMultipart,
  type PartBytes,
  splitMultipart,
} from '../../../flow/message/multipart-bytes.js';
import { MultipartPart } from '../../../flow/message/multipart-part.js';
import { essenceOf, parameterOf } from '../../../flow/text/parameters.js';
import { fromWire, toWire } from '../../../flow/text/wire-text.js';
import { isCallOrProtobuf } from '../../../protobuf/media-types.js';
import { rewriteJson } from './json.js';
import type { TextRewriter } from './text.js';
import type { ValueVisitor } from './visitor.js';
import { rewriteWords } from './words.js';

/**
 * Replaces values in the content of a request: in JSON members, form fields, text parts of a multipart body, and words of other
 * text. Other bytes are not changed.
 * @param content decoded
 * @param path of the request
 * @returns the same buffer if nothing was replaced
 */
export function rewriteContent(
  content: Buffer,
  contentType: string | undefined,
  path: string,
  rewriter: TextRewriter,
): Buffer {
  const type = essenceOf(contentType);
  if (content.length === 0) return content;
  if (type.startsWith('multipart/')) {
    return rewriteMultipart(content, parameterOf(contentType!, 'boundary') ?? '', path, rewriter);
  }
  const kind = kindOf(type, content);
  if (!kind) return content;
  const text = content.toString('latin1');
  const changed = rewriteTyped(text, kind, path, rewriter);
  return changed === text ? content : Buffer.from(changed, 'latin1');
}

/** Whether content of this type may contain values. */
export function mayHaveValues(contentType: string | undefined): boolean {
  if (isCallOrProtobuf(contentType ?? '')) return true;
  return /json|jsonl|form-urlencoded|xml|^text\/|graphql|javascript|yaml|^multipart\//.test(essenceOf(contentType));
}

type Kind = 'json' | 'form' | 'xml' | 'text';

function kindOf(type: string, content: Buffer): Kind | undefined {
  if (/[/+](?:json|x-ndjson|jsonl|json-seq|json-lines)\b/.test(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (/[/+]xml$/.test(type)) return 'xml';
  const looksJson = content[0] === 0x7b || content[0] === 0x5b;
  if (looksJson && (type === '' || type.startsWith('text/') || type === 'application/octet-stream')) return 'json';
  return type.startsWith('text/') || /graphql|javascript|yaml/.test(type) ? 'text' : undefined;
}

function rewriteTyped(text: string, kind: Kind, path: string, rewriter: TextRewriter): string {
  if (kind === 'form') return rewriter.query(text, path, 0, 'form');
  if (kind === 'json') {
    try {
      return rewriteJson(text, path, rewriter);
    } catch {
      // Invalid JSON is treated as text.
    }
  }
  const changed = rewriteWords(text, escaping(rewriter.visitor, kind), false);
  if (changed !== text) rewriter.visitor.changed('body');
  return changed;
}

/** Replaces words of text that is not decoded: replacements are escaped for XML and encoded as UTF-8. */
function escaping(visitor: ValueVisitor, kind: Kind): ValueVisitor {
  return {
    visit: (value, keys) => {
      const changed = visitor.visit(value, keys);
      if (changed === undefined) return undefined;
      return toWire(kind === 'xml' ? changed.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`) : changed);
    },
    changed: (place) => visitor.changed(place),
  };
}

function rewriteMultipart(content: Buffer, boundary: string, path: string, rewriter: TextRewriter): Buffer {
  const bytes = splitMultipart(content, boundary);
  if (!bytes) return content;
  let isChanged = false;
  for (const part of bytes.parts) {
    const changed = rewritePart(part, path, rewriter);
    if (!changed || holdsDelimiter(changed, boundary)) continue;
    part.content = changed;
    isChanged = true;
  }
  return isChanged ? joinMultipart(bytes) : content;
}

/**
 * Replaces values in a part of a multipart body. Files are not changed unless they are JSON. @returns undefined if nothing was
 * replaced
 */
export function rewritePart(part: PartBytes, path: string, rewriter: TextRewriter): Buffer | undefined {
  const { name, filename } = new MultipartPart(part, () => {});
  const type = new Headers(part.head).get('content-type');
  const isJson = /[/+]json\b/.test(essenceOf(type));
  if (isJson) {
    const changed = rewriteContent(part.content, type, path, rewriter);
    return changed === part.content ? undefined : changed;
  }
  if (filename !== undefined || part.content.length === 0) return undefined;
  const text = part.content.toString('latin1');
  const decoded = fromWire(text);
  const keys = rewriter.fieldKeys(name, []);
  const changed = rewriter.text(decoded, keys);
  if (changed === undefined) return undefined;
  rewriter.visitor.changed(`part ${name}`);
  // Text that is not UTF-8 was decoded as latin1, and is encoded in the same way.
  return Buffer.from(decoded === text && /[\x80-\xff]/.test(text) ? changed : toWire(changed), 'latin1');
}
