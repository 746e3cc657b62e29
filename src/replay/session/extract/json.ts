import { jsonContext, jsonName, jsonPath } from '../json-places.js';
import { type JsonLevel, readScalar, scanJson } from '../json-scan.js';
import { JsonStream } from '../json-stream.js';
import { versionKeys } from '../paths.js';
import { NO_KEYS } from '../rewrite/visitor.js';
import { ElementLabels } from './element-labels.js';
import type { ValueExtractor } from './value-extractor.js';

/** Like `handJson`, but ignores invalid JSON. */
export function extractFromJsonIfValid(text: string, path: string, extractor: ValueExtractor, prefix?: string): void {
  try {
    extractFromJson(text, path, extractor, prefix);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}

/**
 * Extracts strings and integers of JSON text.
 * @param text UTF-8 as latin1
 * @param path of the request
 * @param prefix of the places
 * @throws SyntaxError for invalid JSON, after the values before the error were extracted
 */
export function extractFromJson(text: string, path: string, extractor: ValueExtractor, prefix = 'json'): void {
  let labels: ElementLabels | undefined;
  scanJson(text, (start, end, levels) => {
    const value = readScalar(text, start, end);
    if (!isValue(value, text[start] === '"', extractor)) return;
    const name = jsonName(levels) ?? '';
    const keys = keysOf(name, value, levels, path, extractor);
    const byIndex = () => `${prefix} ${jsonPath(levels)}`;
    const byName = () => {
      if (!levels.some(({ index }, depth) => depth > 0 && index >= 0)) return undefined;
      labels ??= new ElementLabels(text);
      return labels.path(levels);
    };
    const place = () => {
      const path = byName();
      return path === undefined ? byIndex() : `${prefix} ${path}`;
    };
    extractor.value(value, { name, keys, place, otherPlace: byIndex });
  });
}

/** Searches JSON text that is too large for memory. Elements of arrays are found by index only. */
export function jsonSearch(path: string, extractor: ValueExtractor): JsonStream {
  return new JsonStream((value, isString, levels) => {
    if (!isValue(value, isString, extractor)) return;
    const name = jsonName(levels) ?? '';
    const keys = keysOf(name, value, levels, path, extractor);
    extractor.value(value, { name, keys, place: () => `json ${jsonPath(levels)}` });
  });
}

function isValue(value: string, isString: boolean, { all }: ValueExtractor): boolean {
  return value !== '' && (isString || all || /^-?[0-9]+$/.test(value));
}

/** Maximum length of a value with keys; longer values are distinctive enough. */
const LONGEST_KEYED = 128;

function keysOf(
  name: string,
  value: string,
  levels: readonly JsonLevel[],
  path: string,
  { names }: ValueExtractor,
): readonly string[] {
  if (value.length > LONGEST_KEYED) return NO_KEYS;
  const { kind } = names.classify(name);
  if (kind === 'plain') return NO_KEYS;
  if (kind === 'version') return versionKeys('version', path);
  return names.responseKeys(name, value, jsonContext(levels, path));
}
