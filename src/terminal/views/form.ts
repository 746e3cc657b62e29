import { type PartBytes, splitMultipart } from '../../flow/message/multipart-bytes.js';
import { MultipartPart } from '../../flow/message/multipart-part.js';
import { parameterOf } from '../../flow/text/parameters.js';
import { fromWire } from '../../flow/text/wire-text.js';
import { formatSize } from '../size.js';
import { parseMediaType } from './media-type.js';
import { decoded, looksLikeText } from './text.js';
import type { WholeView } from './view.js';

/** With more parts, the content is shown as text or a hex dump. */
const MAX_PARTS = 10_000;

/** `multipart/form-data` (RFC 7578) as names and values. Files have name, type and size, and their content if it is text. */
export const multipartView: WholeView = {
  name: 'multipart',
  whole: true,
  matchesType: (type) => type.essence === 'multipart/form-data',
  matchesContent: () => false,
  format(content, type) {
    const parts = splitMultipart(content, type.parameter('boundary') ?? '', MAX_PARTS)?.parts;
    return parts && alignedPairs(parts.map(describePart));
  },
};

function describePart(part: PartBytes): [name: string, value: string] {
  const { headers, content } = new MultipartPart(part, () => {});
  const disposition = headers.get('content-disposition') ?? '';
  // Names are shown as sent, because an escaped one may hold line breaks.
  const name = fromWire(parameterOf(disposition, 'name') ?? '');
  const file = parameterOf(disposition, 'filename');
  const type = parseMediaType(headers.get('content-type'));
  const isText = looksLikeText(content, type);
  const text = isText ? decoded(content, type) : '';
  if (file === undefined && isText) return [name, text];
  const facts = [file && fromWire(file), type.essence, formatSize(content.length)].filter(Boolean).join(', ');
  return [name, text === '' ? `(${facts})` : `(${facts})\n${text}`];
}

/** With more fields, the content is shown as text. */
const MAX_FIELDS = 10_000;

/** `application/x-www-form-urlencoded` (URL standard, section 5) as names and values. */
export const urlencodedView: WholeView = {
  name: 'urlencoded',
  whole: true,
  matchesType: (type) => type.essence === 'application/x-www-form-urlencoded',
  matchesContent: () => false,
  format(content, type) {
    const text = decoded(content, type).trimEnd();
    // Some clients use this type as the default for any content.
    if (!/^[^{[<\s"=][^\s"=]*=/.test(text) || fieldCount(text) > MAX_FIELDS) return undefined;
    // Without the `&`, the parser would drop a leading question mark, which is part of the name here.
    return alignedPairs([...new URLSearchParams(`&${text}`)]);
  },
};

function fieldCount(text: string): number {
  let count = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) count++;
  return count;
}

const MAX_WIDTH = 32;

/** Formats one pair per line with aligned values; further lines of a value are aligned with its first. */
export function* alignedPairs(pairs: readonly (readonly [name: string, value: string])[]): Generator<string> {
  let width = 0;
  for (const [name] of pairs) if (name.length <= MAX_WIDTH) width = Math.max(width, name.length);
  for (const [name, value] of pairs) {
    const lines = value.replaceAll('\n', `\n${' '.repeat(width + 2)}`);
    yield `${`${name}:`.padEnd(width + 1)} ${lines}\n`;
  }
}
