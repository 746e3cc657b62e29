import { keyOf, requestFields } from '../../src/replay/server/key/request-key.js';
import { differencesOf } from '../../src/replay/server/miss/request-differences.js';
import { exchange } from '../addons/rewrite/flows.js';
import { KEYS } from '../replay/server/recorded.js';
import { type Case, growsLinearly } from '../support/growth.js';

const FORM = 'application/x-www-form-urlencoded';

/** Computes the keys of two requests with these bodies, and their differences. */
function differing(type: string, make: (size: number) => readonly [string, string]): Case[2] {
  return (size) => {
    const flows = make(size).map((requestBody) =>
      exchange({ method: 'POST', request: [['Content-Type', type]], requestBody }),
    );
    return () => {
      const [was, now] = flows.map((flow) => {
        const fields = requestFields(flow, KEYS);
        if (fields instanceof Promise) throw new Error('The body is in memory.');
        keyOf(fields);
        return fields;
      });
      return differencesOf(was!, now!).length;
    };
  };
}

const fields = (size: number, make: (at: number) => string) =>
  Array.from({ length: size }, (_, at) => make(at)).join('&');
const numbers = (size: number, first: number) => JSON.stringify(Array.from({ length: size }, (_, at) => at + first));

growsLinearly([
  [
    'values of one name',
    4000,
    differing(FORM, (size) => [fields(size, (at) => `x=a${at}`), fields(size, (at) => `x=b${at}`)]),
  ],
  [
    'values of many names',
    1000,
    differing(FORM, (size) => [fields(size, (at) => `a${at}=1`), fields(size, (at) => `b${at}=1`)]),
  ],
  [
    'equal values in another order',
    1000,
    differing(FORM, (size) => [fields(size, (at) => `x=${at}`), fields(size, (at) => `x=${size - 1 - at}`)]),
  ],
  ['JSON', 1000, differing('application/json', (size) => [numbers(size, 0), numbers(size, 9)])],
]);
