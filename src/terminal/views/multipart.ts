import { formatSize } from '../size.js';
import { parseMediaType, parseParameters } from './media-type.js';
import { alignedPairs } from './pairs.js';
import { looksLikeText, textDecoder } from './text.js';
import type { WholeView } from './view.js';

/** RFC 2046 section 5.1.1. Search time is at worst proportional to the product of content and boundary length. */
const LONGEST_BOUNDARY = 70;
/** With more parts, the content is shown as text or a hex dump. */
const MAX_PARTS = 10_000;

/** `multipart/form-data` (RFC 7578) as names and values. Files have name, type and size, and their content if it is text. */
export const multipartView: WholeView = {
  name: 'multipart',
  whole: true,
  matchesType: (type) => type.essence === 'multipart/form-data',
  matchesContent: () => false,
  format(content, type) {
    const boundary = type.parameters.get('boundary');
    const parts = boundary && boundary.length <= LONGEST_BOUNDARY ? splitParts(content, boundary) : undefined;
    return parts && alignedPairs(parts.map(describePart));
  },
};

/** The parts between the delimiters (RFC 2046 section 5.1.1). @returns undefined if there are none */
function splitParts(content: Buffer, boundary: string): Buffer[] | undefined {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const between = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const parts: Buffer[] = [];
  let at = content.indexOf(delimiter);
  if (at < 0) return undefined;
  at += delimiter.length;
  while (content.toString('latin1', at, at + 2) !== '--') {
    const lineEnd = content.indexOf('\r\n', at);
    if (lineEnd < 0) break;
    // The search starts at this line end, because an empty part is directly followed by its delimiter.
    const end = content.indexOf(between, lineEnd);
    parts.push(content.subarray(lineEnd + 2, end < 0 ? undefined : end));
    if (end < 0) break;
    if (parts.length > MAX_PARTS) return undefined;
    at = end + between.length;
  }
  return parts.length > 0 ? parts : undefined;
}

function describePart(part: Buffer): [name: string, value: string] {
  // A part without header fields begins with the empty line.
  const headEnd = part.subarray(0, 2).toString('latin1') === '\r\n' ? 0 : part.indexOf('\r\n\r\n');
  const head = headEnd < 0 ? '' : part.toString('utf8', 0, headEnd);
  const content = headEnd < 0 ? part : part.subarray(headEnd === 0 ? 2 : headEnd + 4);
  const disposition = parseParameters(fieldValue(head, 'content-disposition') ?? '');
  const name = disposition.get('name') ?? '';
  const file = disposition.get('filename');
  const type = parseMediaType(fieldValue(head, 'content-type'));
  const isText = looksLikeText(content, type);
  const text = isText ? textDecoder(type).decode(content) : '';
  if (file === undefined && isText) return [name, text];
  const facts = [file, type.essence, formatSize(content.length)].filter(Boolean).join(', ');
  return [name, text === '' ? `(${facts})` : `(${facts})\n${text}`];
}

function fieldValue(head: string, name: string): string | undefined {
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    if (line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1);
  }
  return undefined;
}
