/** An edit is a replacement in a text. */
export interface Edit {
  /** The start of the evidence for the secret, such as its name. */
  readonly from: number;
  /** The replaced range. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The names of the replaced secrets. */
  readonly names: readonly string[];
}

/** Maximum length for which a loop takes less time than a native call. */
const SHORT = 100;

/** Sorts edits, and removes those that overlap an earlier one. */
export function ordered(edits: Edit[]): Edit[] {
  if (edits.length < 2) return edits;
  edits.sort((one, other) => one.start - other.start || other.end - one.end);
  let end = 0;
  return edits.filter((edit) => {
    if (edit.start < end) return false;
    end = edit.end;
    return true;
  });
}

/** @param edits in order, without overlaps */
export function applyToText(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** @param edits in order, without overlaps; their texts are latin1 */
export function applyToBytes(bytes: Buffer, edits: readonly Edit[]): Buffer {
  let grown = 0;
  for (const { start, end, text } of edits) grown += text.length - (end - start);
  const result = Buffer.allocUnsafe(bytes.length + grown);
  let from = 0;
  let to = 0;
  for (const { start, end, text } of edits) {
    to = copy(bytes, from, start, result, to);
    to = place(text, result, to);
    from = end;
  }
  copy(bytes, from, bytes.length, result, to);
  return result;
}

function copy(bytes: Buffer, from: number, end: number, target: Buffer, offset: number): number {
  const length = end - from;
  if (length > SHORT) bytes.copy(target, offset, from, end);
  else for (let at = 0; at < length; at++) target[offset + at] = bytes[from + at]!;
  return offset + length;
}

function place(text: string, target: Uint8Array, offset: number): number {
  for (let at = 0; at < text.length; at++) target[offset + at] = text.charCodeAt(at);
  return offset + text.length;
}

/**
 * Makes a replacement as long as the secret. Binary formats have length prefixes and offsets, which stay correct. A placeholder
 * that is too long is replaced with asterisks.
 */
export function fitted(edit: Edit): Edit {
  const length = edit.end - edit.start;
  const text = edit.text.length > length ? '*'.repeat(length) : edit.text.padEnd(length, '*');
  return { ...edit, text };
}
