import { fromWire, toWire } from '../../../flow/text/wire-text.js';
import { jsonContext, jsonName, jsonPath } from '../json-places.js';
import { isJsonNumber, type JsonLevel, readScalar, scanJson } from '../json-scan.js';
import { versionKeys } from '../paths.js';
import type { TextRewriter } from './text.js';
import { NO_KEYS } from './visitor.js';

/**
 * Replaces strings and numbers in JSON text. Other bytes are not changed.
 * @param text UTF-8 as latin1
 * @throws SyntaxError for invalid JSON
 */
export function rewriteJson(text: string, path: string, rewriter: TextRewriter): string {
  const ruled = rewriter.rules.keysInJson(fromWire(text));
  const pieces: string[] = [];
  let done = 0;
  scanJson(text, (start, end, levels) => {
    const keys = keysOf(levels, path, rewriter, ruled);
    const changed = rewriteScalar(text, start, end, keys, rewriter);
    if (changed === undefined) return;
    rewriter.visitor.changed(`json ${jsonPath(levels)}`);
    pieces.push(text.slice(done, start), changed);
    done = end;
  });
  return done === 0 ? text : pieces.join('') + text.slice(done);
}

function keysOf(
  levels: readonly JsonLevel[],
  path: string,
  { names }: TextRewriter,
  ruled: ReadonlyMap<string, readonly string[]> | undefined,
): readonly string[] {
  const name = jsonName(levels);
  let keys = NO_KEYS;
  if (name !== undefined && names.classify(name).kind === 'version') keys = versionKeys('version', path);
  else if (name !== undefined) keys = names.requestKeys(name, jsonContext(levels, path));
  return ruled ? [...keys, ...(ruled.get(jsonPath(levels)) ?? NO_KEYS)] : keys;
}

function rewriteScalar(
  text: string,
  start: number,
  end: number,
  keys: readonly string[],
  rewriter: TextRewriter,
): string | undefined {
  const value = readScalar(text, start, end);
  const isString = text[start] === '"';
  const changed = isString ? rewriter.text(value, keys) : rewriter.whole(value, keys);
  if (changed === undefined) return undefined;
  if (!isString && isJsonNumber(changed)) return changed;
  return toJsonString(changed, text.slice(start, end));
}

/** @param before the replaced literal; if it contains Unicode escapes, other characters than ASCII are escaped */
function toJsonString(value: string, before: string): string {
  const literal = JSON.stringify(value);
  if (!before.includes('\\u')) return toWire(literal);
  return literal.replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
