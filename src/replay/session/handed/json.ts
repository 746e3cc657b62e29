import { jsonContext, jsonName, jsonPath } from '../json-places.js';
import { type JsonLevel, readScalar, scanJson } from '../json-scan.js';
import { JsonStream } from '../json-stream.js';
import { versionKeys } from '../paths.js';
import { NO_KEYS } from '../uses/visitor.js';
import { ElementLabels } from './element-labels.js';
import type { Handing } from './handing.js';

/** Like `handJson`, but ignores invalid JSON. */
export function handJsonOrNothing(text: string, path: string, handing: Handing, prefix?: string): void {
  try {
    handJson(text, path, handing, prefix);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}

/**
 * Hands out strings and integers of JSON text.
 * @param text UTF-8 as latin1
 * @param path of the request
 * @param prefix of the places
 * @throws SyntaxError for invalid JSON, after handing out the values before the error
 */
export function handJson(text: string, path: string, handing: Handing, prefix = 'json'): void {
  let labels: ElementLabels | undefined;
  scanJson(text, (start, end, levels) => {
    const value = readScalar(text, start, end);
    if (!isHanded(value, text[start] === '"', handing)) return;
    const name = jsonName(levels) ?? '';
    const keys = keysOf(name, value, levels, path, handing);
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
    handing.value(value, { name, keys, place, otherPlace: byIndex });
  });
}

/** Searches JSON text that is too large for memory. Elements of arrays are found by index only. */
export function jsonSearch(path: string, handing: Handing): JsonStream {
  return new JsonStream((value, isString, levels) => {
    if (!isHanded(value, isString, handing)) return;
    const name = jsonName(levels) ?? '';
    const keys = keysOf(name, value, levels, path, handing);
    handing.value(value, { name, keys, place: () => `json ${jsonPath(levels)}` });
  });
}

function isHanded(value: string, isString: boolean, { all }: Handing): boolean {
  return value !== '' && (isString || all || /^-?[0-9]+$/.test(value));
}

/** Maximum length of a value with keys; longer values are distinctive enough. */
const LONGEST_KEYED = 128;

function keysOf(
  name: string,
  value: string,
  levels: readonly JsonLevel[],
  path: string,
  { names }: Handing,
): readonly string[] {
  if (value.length > LONGEST_KEYED) return NO_KEYS;
  const { kind } = names.read(name);
  if (kind === 'plain') return NO_KEYS;
  if (kind === 'version') return versionKeys('version', path);
  return names.handedKeys(name, value, jsonContext(levels, path));
}
