import t from 'tap';
import { isToken, leadingMediaType, TCHAR, tokenEnd } from '../../../src/flow/http/token.js';

t.test('the alphabet', async (t) => {
  const expected = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/;
  for (let code = 0; code < 256; code++)
    t.equal(TCHAR[code] === 1, expected.test(String.fromCharCode(code)), `${code}`);
});

t.test('tokens', async (t) => {
  for (const text of ['a', 'GET', 'M-SEARCH', "!#$%&'*+-.^_`|~09azAZ"]) t.equal(isToken(text), true, text);
  for (const text of ['', ' ', 'a b', 'a:', ':a', 'a/b', 'é', 'a\u0100', 'a\u0161', '(', '"a"', 'a\n']) {
    t.equal(isToken(text), false, JSON.stringify(text));
  }
  t.equal(tokenEnd('a b', 0), 1);
  t.equal(tokenEnd('a b', 1), 1);
  t.equal(tokenEnd('a b', 2), 3);
  t.equal(tokenEnd('ab', 5), 5);
});

t.test('media types', async (t) => {
  const cases: [text: string, type: string | undefined][] = [
    ['text/html', 'text/html'],
    ['Text/HTML; charset=utf-8', 'Text/HTML'],
    ['application/vnd.a+json, text/html', 'application/vnd.a+json'],
    ['*/*', '*/*'],
    ['', undefined],
    ['/', undefined],
    ['text', undefined],
    ['text/', undefined],
    ['/html', undefined],
    [' text/html', undefined],
    ['text /html', undefined],
    ['text/ html', undefined],
  ];
  for (const [text, type] of cases) t.equal(leadingMediaType(text), type, JSON.stringify(text));
});
