import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { splitMultipart } from '../../flow/message/multipart-bytes.js';
import { MultipartPart } from '../../flow/message/multipart-part.js';
import { decodeText } from '../../flow/text/charset.js';
import { essenceOf, parameterOf } from '../../flow/text/parameters.js';
import { plural } from '../../flow/text/plural.js';
import { type Difference, type DifferenceKind, shorten } from '../difference.js';
import type { Equality } from '../equality.js';
import { compareParameters } from '../head/links.js';
import { compareJson, type OnScalars } from '../json/compare-json.js';
import { type JsonDocument, parseExactJson } from '../json/parse-json.js';
import { compareLines } from './compare-lines.js';

/** Decoded content and its type. */
export interface Content {
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
}

/** Compares decoded content: JSON by value, forms by field, text by line, other content by length and hash. */
export function compareContent(
  kind: DifferenceKind,
  recorded: Content,
  replayed: Content,
  equality: Equality,
  onScalars?: OnScalars,
): Difference[] {
  if (!onScalars && recorded.bytes.equals(replayed.bytes)) return [];
  const was = contentKind(recorded.bytes, recorded.contentType);
  const now = contentKind(replayed.bytes, replayed.contentType);
  if (was === 'json' && now === 'json') {
    const documents = [parsed(recorded), parsed(replayed)] as const;
    const [before, after] = documents;
    if (before && after) return compareDeep(kind, before, after, equality, onScalars);
    if (before || after)
      return [otherKind(kind, recorded, before ? 'json' : 'text', replayed, after ? 'json' : 'text')];
    return compareLines(kind, textOf(recorded), textOf(replayed), equality);
  }
  if (recorded.bytes.equals(replayed.bytes)) return [];
  if (was !== now) {
    const bothText = was !== 'binary' && now !== 'binary' && recorded.bytes.length > 0 && replayed.bytes.length > 0;
    if (bothText && equality.texts(textOf(recorded), textOf(replayed))) return [];
    return [otherKind(kind, recorded, was, replayed, now)];
  }
  switch (was) {
    case 'form':
      return compareParameters(latin1(recorded), latin1(replayed), equality).map((each) => ({ ...each, kind }));
    case 'multipart':
      return compareParts(kind, recorded, replayed, equality);
    case 'binary':
      return [byHash(kind, recorded.bytes, replayed.bytes)];
    default:
      return compareLines(kind, textOf(recorded), textOf(replayed), equality);
  }
}

/** Documents nested so deeply that they exhaust the stack are compared as text. */
function compareDeep(
  kind: DifferenceKind,
  before: JsonDocument,
  after: JsonDocument,
  equality: Equality,
  onScalars: OnScalars | undefined,
): Difference[] {
  try {
    return compareJson(kind, before, after, equality, onScalars);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ kind, place: 'body', group: 'body', was: 'JSON', now: 'other JSON, nested too deeply to be compared' }];
  }
}

function parsed({ bytes, contentType }: Content): JsonDocument | undefined {
  try {
    return parseExactJson(decodeText(bytes, contentType));
  } catch {
    return undefined;
  }
}

function textOf({ bytes, contentType }: Content): string {
  return decodeText(bytes, contentType);
}

function latin1({ bytes }: Content): string {
  return bytes.toString('latin1');
}

function otherKind(
  kind: DifferenceKind,
  recorded: Content,
  was: ContentKind,
  replayed: Content,
  now: ContentKind,
): Difference {
  const shown = ({ bytes, contentType }: Content, of: ContentKind) => {
    if (bytes.length === 0) return 'empty';
    return `${of === 'json' ? 'JSON' : shorten(essenceOf(contentType) || of)}, ${size(bytes.length)}`;
  };
  return { kind, place: 'body', group: 'body', was: shown(recorded, was), now: shown(replayed, now) };
}

/** Compares the parts of multipart content by name, else by position. */
function compareParts(kind: DifferenceKind, recorded: Content, replayed: Content, equality: Equality): Difference[] {
  const before = partsOf(recorded);
  const after = partsOf(replayed);
  if (!before || !after) return [byHash(kind, recorded.bytes, replayed.bytes)];
  const differences: Difference[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, now] = [before.get(name), after.get(name)];
    const place = `part ${shorten(name)}`;
    if (!was || !now) {
      if (equality.rules.ignores('param', name)) continue;
      const shown = (part: Content | undefined) => part && size(part.bytes.length);
      differences.push({ kind, place, group: place, was: shown(was), now: shown(now) });
      continue;
    }
    if (was.bytes.equals(now.bytes)) continue;
    const isText = contentKind(was.bytes, was.contentType) === 'text';
    if (isText && equality.named('param', name, textOf(was), textOf(now))) continue;
    const found = compareContent(kind, was, now, equality);
    if (found.length === 0 || equality.rules.ignores('param', name)) continue;
    for (const each of found)
      differences.push({ ...each, place: `${place} ${each.place}`, group: `${place} ${each.group}` });
  }
  return differences;
}

function partsOf({ bytes, contentType }: Content): Map<string, Content> | undefined {
  const boundary = parameterOf(contentType ?? '', 'boundary');
  const split = boundary === undefined ? undefined : splitMultipart(bytes, boundary);
  if (!split) return undefined;
  const parts = new Map<string, Content>();
  for (const [at, each] of split.parts.entries()) {
    const part = new MultipartPart(each, () => {});
    const name = part.name || String(at + 1);
    parts.set(parts.has(name) ? `${name} ${at + 1}` : name, {
      bytes: part.content,
      contentType: part.headers.get('content-type') ?? undefined,
    });
  }
  return parts;
}

/** Content that can only be compared as a whole. */
export function byHash(kind: DifferenceKind, was: Buffer, now: Buffer): Difference {
  const shown = (bytes: Buffer) => hashText(bytes.length, createHash('sha256').update(bytes).digest('hex'));
  return { kind, place: 'body', group: 'body', was: shown(was), now: shown(now) };
}

/** A length and a hash, as a difference shows them. */
export function hashText(length: number, sha256: string): string {
  return `${size(length)}, SHA-256 ${sha256.slice(0, 12)}…`;
}

export function size(bytes: number): string {
  return plural(bytes, 'byte');
}

/** The method by which content is compared. */
type ContentKind = 'json' | 'form' | 'multipart' | 'text' | 'binary';

/** Judges by the media type, else by the content itself. */
function contentKind(content: Buffer, contentType: string | undefined): ContentKind {
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
