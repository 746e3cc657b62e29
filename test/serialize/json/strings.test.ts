import t from 'tap';
import { collect } from '../../../src/flow/body/content-coding.js';
import { escapeText } from '../../../src/serialize/json/content.js';
import { Base64Decoder, decodeBase64, encodeBase64 } from '../../../src/serialize/json/text/base64.js';
import { JsonError } from '../../../src/serialize/json/text/json-error.js';
import { Unescaper } from '../../../src/serialize/json/text/unescape.js';
import { ValueExtent } from '../../../src/serialize/json/text/value-extent.js';
import { cuts, randomCuts } from '../../support/cuts.js';
import { Random } from '../../support/random.js';

async function* each(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

function unescaped(pieces: readonly Buffer[]): string {
  const unescaper = new Unescaper();
  const parts = pieces.map((piece) => Buffer.from(unescaper.push(piece)));
  return Buffer.concat([...parts, unescaper.push(Buffer.alloc(0), true)]).toString('utf8');
}

t.test('escapes, cut anywhere', async (t) => {
  const cases: [string, string][] = [
    ['plain', 'plain'],
    ['\\"\\\\\\/\\b\\f\\n\\r\\t', '"\\/\b\f\n\r\t'],
    ['\\u0041\\u00e9\\u2603\\u0000', 'A\xe9\u2603\0'],
    ['\\ud83d\\ude00x', '\u{1f600}x'],
    ['\\ud83dx\\ude00', '\ufffdx\ufffd'],
    ['\\ud83d\\n\\ud83d\\u0041\\ud83d\\ud83d\\ude00', '\ufffd\n\ufffdA\ufffd\u{1f600}'],
    ['\\ud83d', '\ufffd'],
    ['\\ud83d\\\\', '\ufffd\\'],
    ['\u2603 \\u2603', '\u2603 \u2603'],
  ];
  for (const [escaped, text] of cases) {
    for (const pieces of cuts(Buffer.from(escaped))) t.equal(unescaped(pieces), text, escaped);
  }
  for (const bad of ['\\x', '\\u12', '\\u12g4', '\\', '\\ud83d\\u', '\\ud83d\\x']) {
    t.throws(() => unescaped([Buffer.from(bad)]), JsonError, bad);
  }
});

t.test('escaping round-trips', async (t) => {
  const random = new Random(5);
  for (let round = 0; round < 300; round++) {
    let text = '';
    for (let length = random.below(20); length > 0; length--) {
      text += random.pick(['a', '"', '\\', '\n', '\0', '\x7f', '\xe9', '\u2028', '\u2603', '\u{1f600}', '/', '\ufeff']);
    }
    const pieces = randomCuts(Buffer.from(text), random);
    const escaped = (await collect(escapeText(each(pieces)))).toString('utf8');
    t.equal(JSON.parse(`"${escaped}"`), text);
    t.equal(unescaped(randomCuts(Buffer.from(escaped), random)), text);
  }
});

t.test('base64, cut anywhere', async (t) => {
  const random = new Random(6);
  for (let length = 0; length < 40; length++) {
    const bytes = random.bytes(length);
    const text = (await collect(encodeBase64(each(randomCuts(bytes, random))))).toString();
    t.equal(text, bytes.toString('base64'));
    for (const variant of [
      text,
      text.replace(/=/g, ''),
      text.replace(/\+/g, '-').replace(/\//g, '_'),
      text.replace(/(.{5})/g, '$1\r\n'),
    ]) {
      const decoder = new Base64Decoder();
      const parts = randomCuts(Buffer.from(variant), random).map((piece) => decoder.push(piece));
      t.ok(Buffer.concat([...parts, decoder.end()]).equals(bytes), variant);
    }
  }
  for (const bad of ['A', 'AAAAA', 'AA=A', 'AA!', 'A\u0100AA']) t.throws(() => decodeBase64(bad), JsonError, bad);
});

t.test('where values end', async (t) => {
  const cases: [text: string, end: number][] = [
    ['{}', 2],
    ['[1,{"a":"}]"}] ', 14],
    ['"a\\"b" ', 6],
    ['"\\\\",', 4],
    ['-1.5e3,', 6],
    ['null}', 4],
    ['{"a":"\\\\\\"","b":[[],{}]}x', 24],
  ];
  for (const [text, end] of cases) {
    const bytes = Buffer.from(text);
    for (let first = 0; first <= bytes.length; first++) {
      const extent = new ValueExtent();
      const early = extent.find(bytes.subarray(0, first), 0);
      t.equal(early ?? extent.find(bytes, 0), end, `${text} at ${first}`);
    }
    for (let at = 0; at < end; at++) {
      // Passed by, byte after byte.
      const extent = new ValueExtent();
      let start = 0;
      let found: number | undefined;
      for (let length = 1; length <= bytes.length && found === undefined; length++) {
        found = extent.find(bytes.subarray(0, length), start);
        if (found === undefined) start += extent.pass();
      }
      t.equal(found, end, text);
    }
  }
  for (const bad of ['{]', '[}', '}', '{"a":x}', '"a\nb"', '{"a"\0}', `${'['.repeat(300)}`]) {
    t.throws(() => new ValueExtent().find(Buffer.from(bad), 0), JsonError, bad.slice(0, 20));
  }
});
