import t from 'tap';
import { parseRule } from '../../../src/compare/rules/parse-rule.js';
import type { Rule } from '../../../src/compare/rules/rule.js';
import { ParseError } from '../../../src/flow/text/parse-error.js';

function summary({ filter, effect }: Rule): string {
  const place = 'place' in effect ? effect.place : undefined;
  const where = !place
    ? ''
    : place.kind === 'json'
      ? place.path.text
      : place.kind === 'body'
        ? 'body'
        : `${place.kind}:${place.name}`;
  const what = effect.type === 'shape' ? `${effect.type} ${effect.shape.name}` : effect.type;
  const path = effect.type === 'order' ? effect.path.text : where;
  return [filter?.text, what, path].filter((part) => part).join(' | ');
}

const RULES: [text: string, summary: string][] = [
  ['header:X-Request-Id', 'ignore | header:x-request-id'],
  ['header: X-Request-Id ', 'ignore | header:x-request-id'],
  ['cookie:SID', 'ignore | cookie:SID'],
  ['param:a b', 'ignore | param:a b'],
  ['body', 'ignore | body'],
  ['$.items[*].id', 'ignore | $.items[*].id'],
  ["$['a : b']", "ignore | $['a : b']"],
  ['$[?@.a == "x : y"].b', 'ignore | $[?@.a == "x : y"].b'],
  ['.items[*].id', 'ignore | .items[*].id'],
  ['$', 'ignore | $'],
  ['type:uuid', 'shape uuid'],
  ['type:timestamp $.at', 'shape timestamp | $.at'],
  ['type:jwt header:Authorization', 'shape jwt | header:authorization'],
  ['type:any cookie:sid', 'shape any | cookie:sid'],
  ['type: number .total', 'shape number | .total'],
  ['order:$.tags', 'order | $.tags'],
  ['order: .tags', 'order | .tags'],
  ['/a : b/', 'text'],
  ['/[0-9]+/is', 'text'],
  ['//', 'text'],
  ['/^\\/a\\/[^\\/]+$/ header:Location', 'text | header:location'],
  ["/a/i $['b/c']", "text | $['b/c']"],
  ['/a/ b/', 'text'],
  ['~d api : $.price', '~d api | ignore | $.price'],
  ['~d api & ~h "a : b" : type:uuid $.id', '~d api & ~h "a : b" | shape uuid | $.id'],
  ['!~u /x : header:a', '!~u /x | ignore | header:a'],
  ['(~u x | ~u y) : /z/', '(~u x | ~u y) | text'],
  ['  ~s  :  body ', '~s | ignore | body'],
];
for (const [text, expected] of RULES) t.equal(summary(parseRule(text, 'here')), expected, text);

const INVALID: [text: string, column: number][] = [
  ['', 1],
  ['price', 1],
  ['header:', 8],
  ['header:a b', 8],
  ['cookie:a=b', 8],
  ['param: ', 7],
  ['type:', 6],
  ['type:uid', 6],
  ['type:toString', 6],
  ['type:any', 9],
  ['type:uuid price', 11],
  ['$.a[', 5],
  ['  $.a[', 7],
  ['.a..b', 3],
  ['type:uuid $.a[', 15],
  ['order:tags', 7],
  ['order:$.', 9],
  ['/abc', 5],
  ['/a(b/', 3],
  ['/ab/x', 5],
  ['~d : $.a', 3],
  ['~foo api : $.a', 1],
  ['~d api : price', 10],
  ['~d é : $.a[', 12],
  ['~d api', 1],
];
for (const [text, column] of INVALID) {
  try {
    parseRule(text, 'here');
    t.fail(text);
  } catch (error) {
    t.ok(error instanceof ParseError, text);
    t.equal((error as ParseError).column, column, text);
    t.equal((error as ParseError).text, text);
  }
}
