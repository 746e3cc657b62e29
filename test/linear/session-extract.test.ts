import { HttpResponse } from '../../src/flow/http/http-response.js';
import { extractFromResponse } from '../../src/replay/session/extract/response.js';
import { ValueExtractor } from '../../src/replay/session/extract/value-extractor.js';
import { newSettings } from '../replay/session/conversation.js';
import { type Case, growsLinearly } from '../support/growth.js';

/** Values of a response whose content has one part repeated. */
function handed(type: string, part: string, before = '', after = ''): Case[2] {
  return (size) => {
    const response = HttpResponse.make(200, before + part.repeat(size) + after, { 'Content-Type': type });
    const settings = newSettings();
    return () =>
      extractFromResponse(
        response,
        '/items',
        settings,
        new ValueExtractor(settings.names, (...[, , , place]) => place(), true),
      );
  };
}

function handedIn(name: string, part: string, before = ''): Case[2] {
  return (size) => {
    const response = HttpResponse.make(200, '', { [name]: before + part.repeat(size) });
    const settings = newSettings();
    return () =>
      extractFromResponse(
        response,
        '/items',
        settings,
        new ValueExtractor(settings.names, (...[, , , place]) => place(), true),
      );
  };
}

const JSON_TYPE = 'application/json';

/** The search for values that responses issue. */
growsLinearly([
  ['JSON', 500, handed(JSON_TYPE, '{"id":"abcdefgh1","n":[12]},', '[', '1]')],
  ['deep JSON', 2000, handed(JSON_TYPE, '{"a":["b",', '', '')],
  ['closed deep JSON', 4000, handed(JSON_TYPE, '[', '', '')],
  ['long names in JSON', 50, handed(JSON_TYPE, `"${'n'.repeat(250)}":{"a":"bcdefghi"},`, '{', '"x":1}')],
  ['backslashes in JSON', 2000, handed(JSON_TYPE, '\\\\', '["', '"]')],
  ['quotes in JSON', 2000, handed(JSON_TYPE, '\\"', '["', '"]')],
  ['URLs in JSON', 200, handed(JSON_TYPE, '"/a/b1/c/d2?e=f&g=h",', '[', '1]')],
  ['a long URL in JSON', 500, handed(JSON_TYPE, '/a1?b&', '["/', '"]')],
  ['JSON that ends early', 500, handed(JSON_TYPE, '{"a":1},', '[')],
  [
    'fields of forms',
    300,
    handed('text/html', '<form action="/a/1?b=c"><input type=hidden name=a value=bcdefgh1></form>'),
  ],
  ['links', 300, handed('text/html', '<a href="/items/42/edit?cursor=abc">x</a>')],
  ['elements that are not closed', 1000, handed('text/html', '<div data-id=1>')],
  ['tags that do not end', 1000, handed('text/html', '<a href="')],
  ['attributes', 500, handed('text/html', ' data-a="b"', '<p')],
  ['strings in scripts', 500, handed('text/html', 'token = "abcdefgh1";', '<script>', '</script>')],
  ['quotes in scripts', 2000, handed('text/html', `"'`, '<script>', '</script>')],
  ['names in scripts', 2000, handed('text/html', 'token', '<script>', '="abcdefgh1"</script>')],
  ['XML', 300, handed('text/xml', '<item id="1"><name>abcdefgh1</name></item>', '<a>', '</a>')],
  ['deep XML', 30_000, handed('text/xml', '<a>')],
  ['deep HTML', 30_000, handed('text/html', '<div>')],
  ['ends of other elements in deep XML', 30_000, handed('text/xml', '</b>', '<a>'.repeat(900))],
  ['events', 500, handed('text/event-stream', 'data: {"id":1}\n\n')],
  ['text', 2000, handed('text/plain', 'a1')],
  ['words', 2000, handed(JSON_TYPE, 'word ', '["', '"]')],
  ['links in a header', 200, handedIn('Link', '</a?b=c>; rel="next", ')],
  ['brackets in a header', 2000, handedIn('Link', '<')],
  ['a cookie', 2000, handedIn('Set-Cookie', '%41', 'a=')],
  ['a redirect', 500, handedIn('Location', '/a1')],
]);
