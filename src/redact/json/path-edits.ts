import { type JsonPath, type Location, locationOf, PathLimitError } from '../../json-path/index.js';
import { isPlaceholder } from '../placeholder.js';
import { type Edit, ordered } from '../text/edits.js';
import type { Replace } from '../text/scan.js';
import { type Span, spansOf } from './spans.js';

/** A line of an event stream or of JSON Lines. */
const LINE = /(?:data:)?[ \t]*([[{][^\r\n]*)/y;

/** Finds the values at JSON paths in a document, or in each line of JSON Lines and event streams. */
export function pathEdits(bytes: Buffer, paths: readonly JsonPath[], replace: Replace): Edit[] {
  const text = bytes.toString();
  const wired: Replace = (secret, name) => replace(Buffer.from(secret).toString('latin1'), name);
  const edits = textEdits(text, paths, wired);
  if (edits.length === 0 || text.length === bytes.length) return edits;
  // Paths and values are decoded text; edits are byte offsets.
  let from = 0;
  let offset = 0;
  return ordered(edits).map((edit) => {
    offset += Buffer.byteLength(text.slice(from, edit.start));
    const end = offset + Buffer.byteLength(text.slice(edit.start, edit.end));
    const moved = { ...edit, from: offset, start: offset, end };
    offset = end;
    from = edit.end;
    return moved;
  });
}

function textEdits(text: string, paths: readonly JsonPath[], replace: Replace): Edit[] {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const whole = parse(text.slice(start));
  if (whole !== undefined) {
    return documentEdits(text.slice(start), whole, paths, replace).map((edit) => shift(edit, start));
  }
  const edits: Edit[] = [];
  for (let at = start; at < text.length; ) {
    LINE.lastIndex = at;
    const line = LINE.exec(text);
    if (line) {
      const json = line[1]!;
      const value = parse(json);
      const offset = at + line[0].length - json.length;
      const found = value === undefined ? [] : documentEdits(json, value, paths, replace);
      for (const edit of found) edits.push(shift(edit, offset));
    }
    const end = text.indexOf('\n', at);
    at = end < 0 ? text.length : end + 1;
  }
  return edits;
}

function parse(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function documentEdits(text: string, value: unknown, paths: readonly JsonPath[], replace: Replace): Edit[] {
  const locations = paths.flatMap((path) => select(path, value));
  if (locations.length === 0) return [];
  const root = spansOf(text);
  // A document that is nested too deeply for the search is redacted as a whole.
  const spans = root ? locations.flatMap((location) => spansAt(root, location)) : [{ start: 0, end: text.length }];
  return spans.flatMap(({ start, end }) => {
    const raw = text.slice(start, end);
    const secret = raw.startsWith('"') ? (JSON.parse(raw) as string) : raw;
    if (secret === '' || secret === 'null' || isPlaceholder(secret)) return [];
    return { from: start, start, end, text: `"${replace(secret, 'rule')}"`, names: ['rule'] };
  });
}

/** @returns the root if the path exceeds the search limit */
function select(path: JsonPath, value: unknown): Location[] {
  try {
    return path.select(value).map(locationOf);
  } catch (error) {
    if (error instanceof PathLimitError) return [[]];
    throw error;
  }
}

function spansAt(root: Span, location: Location): Span[] {
  let spans = [root];
  for (const key of location) {
    spans = spans.flatMap(({ members, elements }) => {
      if (members) return members.get(String(key)) ?? [];
      return elements?.[Number(key)] ?? [];
    });
  }
  return spans;
}

function shift(edit: Edit, by: number): Edit {
  return { ...edit, from: edit.from + by, start: edit.start + by, end: edit.end + by };
}
