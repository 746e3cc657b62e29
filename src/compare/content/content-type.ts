import { isUtf8 } from 'node:buffer';
import { essenceOf } from '../../flow/text/parameters.js';

/** The method by which content is compared. */
export type ContentKind = 'json' | 'form' | 'multipart' | 'text' | 'binary';

/** Judges by the media type, else by the content itself. */
export function contentKind(content: Buffer, contentType: string | undefined): ContentKind {
  const type = essenceOf(contentType);
  if (/[/+]json$/.test(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type.startsWith('multipart/')) return 'multipart';
  if (/^(?:image|audio|video|font)\//.test(type) && !type.endsWith('+xml')) return 'binary';
  if (type.startsWith('text/') || /[/+](?:xml|javascript|yaml|x-ndjson|graphql)$/.test(type)) return 'text';
  if (!isUtf8(content) || content.includes(0)) return 'binary';
  return looksLikeJson(content) ? 'json' : 'text';
}

function looksLikeJson(content: Buffer): boolean {
  return /^[\ufeff\s]*[[{]/.test(content.toString('utf8', 0, 100));
}
