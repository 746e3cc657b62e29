import t from 'tap';
import { isBodiless } from '../../../src/flow/http/bodiless.js';

const CASES: [method: string, statusCode: number, expected: boolean][] = [
  ['GET', 200, false],
  ['HEAD', 200, true],
  ['HEAD', 404, true],
  ['GET', 100, true],
  ['GET', 101, true],
  ['GET', 103, true],
  ['POST', 204, true],
  ['GET', 205, false],
  ['GET', 304, true],
  ['GET', 500, false],
  // The status is unknown, as in some HAR files.
  ['GET', 0, false],
];
for (const [method, statusCode, expected] of CASES) {
  t.equal(isBodiless(method, statusCode), expected, `${method} ${statusCode}`);
}
