import { jsonContext, jsonName, jsonPath } from '../json-places.js';
import { readScalar, scanJson } from '../json-scan.js';
import { NO_KEYS } from '../uses/visitor.js';
import type { Handing } from './handing.js';

/**
 * Strings and whole numbers of JSON text.
 * @param text UTF-8 as latin1
 * @param path of the request
 * @param prefix of the places
 * @throws SyntaxError if it is not JSON; what stands before the error is handed out
 */
export function handJson(text: string, path: string, handing: Handing, prefix = 'json'): void {
  const { names } = handing;
  scanJson(text, (start, end, levels) => {
    const value = readScalar(text, start, end);
    const isString = text[start] === '"';
    if (value === '' || (!isString && !handing.all && !/^-?[0-9]+$/.test(value))) return;
    const name = jsonName(levels) ?? '';
    const keys =
      value.length > 128 || names.read(name).kind === 'plain'
        ? NO_KEYS
        : names.handedKeys(name, value, jsonContext(levels, path));
    handing.value(value, { name, keys, place: () => `${prefix} ${jsonPath(levels)}` });
  });
}
