import { HttpRequest } from '../../src/flow/http/http-request.js';
import { hashesOfRequest } from '../../src/replay/session/hashes/value-hashes.js';
import { newSettings } from '../replay/session/conversation.js';
import { type Case, growsLinearly } from '../support/growth.js';

/** Values of a request whose content has one part repeated. */
function used(type: string, part: string, before = '', after = ''): Case[2] {
  return (size) => {
    const content = before + part.repeat(size) + after;
    const request = HttpRequest.make('POST', 'http://a.example/', content, { 'Content-Type': type });
    return () => hashesOfRequest(request, newSettings());
  };
}

/** Values of a request with one part repeated in a header field or the target. */
function usedIn(where: 'path' | 'cookie' | 'authorization' | 'x-a', part: string, before = ''): Case[2] {
  return (size) => {
    const text = before + part.repeat(size);
    const isPath = where === 'path';
    const fields: Record<string, string> = isPath ? {} : { [where]: text };
    const request = HttpRequest.make('GET', `http://a.example/${isPath ? text : ''}`, '', fields);
    return () => hashesOfRequest(request, newSettings());
  };
}

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';

/** The search for values that requests use. */
growsLinearly([
  ['JSON', 500, used(JSON_TYPE, '{"id":"abcdefgh1","n":[12]},', '[', '1]')],
  ['deep JSON', 2000, used(JSON_TYPE, '{"a":["b",')],
  ['a string of words in JSON', 1000, used(JSON_TYPE, 'abcdefgh1 ', '["', '"]')],
  ['a long word in JSON', 4000, used(JSON_TYPE, 'a1+/=:%.~-', '["', '"]')],
  ['a URL in JSON', 1000, used(JSON_TYPE, '/a1?b=c&', '["/', '"]')],
  ['a list in JSON', 2000, used(JSON_TYPE, '1,', '{"ids":"', '"}')],
  ['a form', 500, used(FORM, 'item_id=42&')],
  ['a field of a form', 2000, used(FORM, '%25', 'a=')],
  ['a URL in a field of a form', 500, used(FORM, '%2Fa%3Fb%3D', 'a=%2Fa')],
  [
    'parts',
    200,
    used('multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name=a\r\n\r\nabc\r\n'),
  ],
  ['text', 2000, used('text/plain', 'abcdefgh1 ')],
  ['a long word', 4000, used('text/plain', 'a.')],
  ['XML', 500, used('text/xml', '<a b="c">abcdefgh1</a>')],
  ['segments', 500, usedIn('path', 'items/42/')],
  ['parameters', 500, usedIn('path', 'item_id=42&', '?')],
  ['cookies', 500, usedIn('cookie', 'a=b; ')],
  ['a cookie', 2000, usedIn('cookie', '%41', 'a=')],
  ['credentials', 2000, usedIn('authorization', 'YWJj', 'Basic ')],
  ['parameters of credentials', 500, usedIn('authorization', 'a="b", ', 'Digest ')],
  ['a header', 2000, usedIn('x-a', 'a, ')],
]);
