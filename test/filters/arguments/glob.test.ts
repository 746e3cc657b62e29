import picomatch from 'picomatch';
import t from 'tap';
import { readGlob } from '../../../src/filters/arguments/glob.js';
import { ExpressionCursor } from '../../../src/filters/cursor.js';
import { FilterError } from '../../../src/filters/index.js';
import { Headers, HttpRequest } from '../../../src/flow/index.js';

const SETTINGS = { caseSensitive: true, now: 0, json: () => undefined };

function get(path: string): HttpRequest {
  const parts = { method: 'GET', scheme: 'http', host: 'a.com', port: 80, authority: '', httpVersion: 'HTTP/1.1' };
  return new HttpRequest({ ...parts, path, headers: new Headers() });
}

// biome-ignore format: a table
const GLOBS = [
  '/*', '/**', '/a/*', '/a/**', '/**/b', '/a/**/b', '/*.{js,css}', '/**/*.js', '/a?c', '/[ab]*', '/[^a]*', '/+(a|b)', '/!(a)',
  '/@(a|b)/c', '/*(a)b', '/a/', '/*/', '/*a*b*', '/{1..3}', '/a\\*b', '/**/a/**', '/.*', '/a.b', '/a+b', '/(a|b)', '/$a',
];
// biome-ignore format: a table
const PATHS = [
  '/', '/a', '/b', '/a/', '/a/b', '/a/x/b', '/a/b/c', '/x.js', '/d/x.js', '/x.css', '/abc', '/a*b', '/aab', '/2', '/.git', '/a.b',
  '/axb', '/a+b', '/ab', '/aaab', '/b/c', '/c/a/d', '/..', '/a/./b', '/$a', '/caf\xc3\xa9',
];

t.test('paths match as they do in picomatch', async (t) => {
  for (const glob of GLOBS) {
    const matches = readGlob(new ExpressionCursor(`'${glob.replace(/\\/g, '\\\\')}'`), SETTINGS);
    const isMatch = picomatch.makeRe(glob, { dot: true });
    for (const path of PATHS) {
      const decoded = Buffer.from(path, 'latin1').toString();
      t.equal(matches(get(`${path}?q/a`)), isMatch.test(decoded), `${glob} on ${path}`);
    }
  }
});

t.test('a hostile path', async (t) => {
  const matches = readGlob(new ExpressionCursor('/*a*a*a*a*a*a*a*a*a*b'), SETTINGS);
  t.equal(matches(get(`/${'a'.repeat(20_000)}`)), false);
  t.equal(matches(get(`/${'a'.repeat(50)}b`)), true);
});

t.test('no globs', async (t) => {
  for (const text of ['', "''", '"{"', "'https://'"])
    t.throws(() => readGlob(new ExpressionCursor(text), SETTINGS), FilterError, text);
});
