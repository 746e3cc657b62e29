import { compareContent } from '../../src/compare/content/compare-content.js';
import { Equality } from '../../src/compare/equality.js';
import { parseRule } from '../../src/compare/rules/parse-rule.js';
import { RuleSet } from '../../src/compare/rules/rule-set.js';
import { type Case, growsLinearly } from '../support/growth.js';

const RULES = ['type:uuid', 'type:timestamp', 'type:jwt', '/a+b/', '$..id', 'order:$..tags'];

/** Compares two contents, made for a size, without and with rules. */
function compared(contentType: string, make: (size: number) => readonly [string, string]): Case[2] {
  return (size) => {
    const [was, now] = make(size).map((text) => ({ bytes: Buffer.from(text), contentType }));
    return () =>
      [[], RULES].map((rules) => {
        const set = new RuleSet(rules.map((rule) => parseRule(rule, 'test')));
        const applied = set.for(undefined as never);
        return compareContent('body', was!, now!, new Equality(applied, undefined, () => undefined)).length;
      });
  };
}

const JSON_TYPE = 'application/json';
const numbers = (size: number, first = 0) => Array.from({ length: size }, (_, at) => at + first);
const nested = (size: number, leaf: string) => `${'[0,'.repeat(size)}${leaf}${']'.repeat(size)}`;

growsLinearly([
  [
    'equal JSON',
    2000,
    compared(JSON_TYPE, (size) => [JSON.stringify(numbers(size)), ` ${JSON.stringify(numbers(size))}`]),
  ],
  [
    'JSON in which all differs',
    2000,
    compared(JSON_TYPE, (size) => [JSON.stringify(numbers(size)), JSON.stringify(numbers(size, 9))]),
  ],
  [
    'an array that was reversed',
    2000,
    compared(JSON_TYPE, (size) => [JSON.stringify(numbers(size)), JSON.stringify(numbers(size).reverse())]),
  ],
  [
    'an array with another length',
    2000,
    compared(JSON_TYPE, (size) => [JSON.stringify(numbers(size)), JSON.stringify([1, ...numbers(size), 2])]),
  ],
  [
    'objects with other members',
    1000,
    compared(JSON_TYPE, (size) => [
      JSON.stringify(Object.fromEntries(numbers(size).map((at) => [`a${at}`, at]))),
      JSON.stringify(Object.fromEntries(numbers(size).map((at) => [`b${at}`, at]))),
    ]),
  ],
  [
    'large numbers',
    1000,
    compared(JSON_TYPE, (size) => [
      `[${'12345678901234567890,'.repeat(size)}0]`,
      `[${'12345678901234567891,'.repeat(size)}0]`,
    ]),
  ],
  [
    'a number with many digits',
    4000,
    compared(JSON_TYPE, (size) => [`[${'1'.repeat(size)}]`, `[${'1'.repeat(size)}2]`]),
  ],
  ['nested arrays', 60, compared(JSON_TYPE, (size) => [nested(size, '1'), nested(size, '2')])],
  ['equal lines', 2000, compared('text/plain', (size) => ['a\n'.repeat(size), 'a\r\n'.repeat(size)])],
  ['other lines', 2000, compared('text/plain', (size) => ['a\n'.repeat(size), 'b\n'.repeat(size)])],
  ['lines that alternate', 2000, compared('text/plain', (size) => ['a\nb\n'.repeat(size), 'b\na\n'.repeat(size)])],
  ['a long line', 20_000, compared('text/plain', (size) => ['a'.repeat(size), `${'a'.repeat(size)}b`])],
  ['what is nearly a token', 4000, compared('text/plain', (size) => ['eyJ-'.repeat(size), 'eyJ.a'.repeat(size)])],
  [
    'what is nearly a date',
    4000,
    compared('text/plain', (size) => ['2024-05-31 '.repeat(size), '2024-05-31T12:0'.repeat(size)]),
  ],
  [
    'fields of a form',
    1000,
    compared('application/x-www-form-urlencoded', (size) => ['a=1&'.repeat(size), 'a=2&'.repeat(size)]),
  ],
  [
    'names of a form',
    500,
    compared('application/x-www-form-urlencoded', (size) => [
      numbers(size)
        .map((at) => `a${at}=1`)
        .join('&'),
      numbers(size)
        .map((at) => `a${at}=2`)
        .join('&'),
    ]),
  ],
]);
