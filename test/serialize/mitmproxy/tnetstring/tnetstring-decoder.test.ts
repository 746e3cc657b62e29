import t from 'tap';
import { decodeValue } from '../../../../src/serialize/mitmproxy/tnetstring/decode-value.js';
import { TAG, TnetstringError } from '../../../../src/serialize/mitmproxy/tnetstring/tnetstring.js';
import { TnetstringDecoder } from '../../../../src/serialize/mitmproxy/tnetstring/tnetstring-decoder.js';
import { flipped, prefixes } from '../../../support/cuts.js';

function open(text: string): TnetstringDecoder {
  const bytes = Buffer.from(text, 'latin1');
  const decoder = new TnetstringDecoder();
  decoder.begin({ bytes, start: 0, end: bytes.length });
  return decoder;
}

t.test('values', async (t) => {
  const cases: [text: string, value: unknown][] = [
    ['0:,', Buffer.alloc(0)],
    ['3:a\xff\x00,', Buffer.from('a\xff\0', 'latin1')],
    ['3:\xe2\x98\x83;', '☃'],
    ['0:;', ''],
    ['2:-7#', -7],
    ['1:0#', 0],
    ['3:1.5^', 1.5],
    ['5:1e-05^', 1e-5],
    ['5:1e+16^', 1e16],
    ['3:nan^', Number.NaN],
    ['4:-inf^', Number.NEGATIVE_INFINITY],
    ['1:2^', 2],
    ['4:true!', true],
    ['5:false!', false],
    ['0:~', null],
    ['0:]', []],
    ['0:}', {}],
    ['11:1:1#4:true!]', [1, true]],
    ['17:1:a;1:1#1:b,2:hi,}', { a: 1, b: Buffer.from('hi') }],
    ['19:9:__proto__;4:true!}', Object.fromEntries([['__proto__', true]])],
  ];
  for (const [text, value] of cases) {
    t.strictSame(decodeValue(open(text)), value, text);
  }
});

t.test('numbers are rounded as by Number', async (t) => {
  const texts =
    '0.1 1764367000.123456 123456789012345.6 9007199254740991 9007199254740993 9999999999999999 0.000000000000001 900719925474099.3 1. 0012.50 99999999999999999999.5'
      .split(' ')
      .concat(Array.from({ length: 2000 }, () => String(Math.random() * 10 ** Math.floor(Math.random() * 14))));
  for (const text of texts) {
    const item = (tag: string) => decodeValue(open(`${text.length}:${text}${tag}`));
    if (item('^') !== Number(text)) t.equal(item('^'), Number(text), text);
    if (/^\d+$/.test(text) && item('#') !== Number(text)) t.equal(item('#'), Number(text), text);
  }
  t.throws(() => decodeValue(open('3:1.5#')), TnetstringError);
  t.throws(() => decodeValue(open('2:.5^')), TnetstringError);
  t.throws(() => decodeValue(open('3:1..^')), TnetstringError);
});

t.test('invalid items', async (t) => {
  const cases = [
    '', ':', '1', '1:', '1:a', '2:a,', '01:a,', '1234567890123:a,', '-1:a,', '1 :a,', '1:a?', '1:x#', '0:#', '1:x^', '0:^', '3:1_0#',
    '4:True!', '0:!', '1:x~', '2:\xff\xfe;', '5:1:a,x]', '3:1:a}', '4:1:a;}', '3:9:a]', '8:3:a;b,0:~}', '4:0:~x]',
  ]; // biome-ignore format: a table
  for (const text of cases) t.throws(() => decodeValue(open(text)), TnetstringError, text);
});

t.test('nested without end', async (t) => {
  let text = '';
  for (let depth = 0; depth < 5000; depth++) text = `${text.length}:${text}]`;
  t.throws(() => decodeValue(open(text)), TnetstringError);
});

t.test('lists and dictionaries, item by item', async (t) => {
  const decoder = open('24:1:a;3:1:1#]1:b;4:true!1:c,}');
  t.throws(() => decoder.enter(TAG.list), TnetstringError);
  const map = open('22:1:a;4:1:1#]1:b;4:true!}');
  const end = map.enter(TAG.dictionary);
  t.equal(map.key(), 'a');
  const inner = map.enter(TAG.list);
  t.equal(map.number(), 1);
  map.leave(inner);
  t.equal(map.key(), 'b');
  t.equal(map.boolean(), true);
  map.leave(end);
});

t.test('an item that reaches out of its list', async (t) => {
  const decoder = open('3:5:a]bc,]');
  t.throws(() => decodeValue(decoder), TnetstringError);
});

t.test('holes', async (t) => {
  // 7:content,500:<hole>, as an entry, then another.
  const bytes = Buffer.from('526:7:content,500:,3:end,2:ok,}', 'latin1');
  const decoder = new TnetstringDecoder();
  const hole = { at: bytes.indexOf('500:') + 4, length: 500, raw: undefined, messages: undefined };
  decoder.begin({ bytes, start: 0, end: bytes.length, holes: [hole] });
  const end = decoder.enter(TAG.dictionary);
  t.equal(decoder.key(), 'content');
  decoder.item();
  t.equal(decoder.hole, hole);
  t.equal(decoder.key(), 'end');
  t.equal(decoder.latin1(), 'ok');
  t.equal(decoder.hole, undefined);
  decoder.leave(end);
  decoder.begin({ bytes, start: 0, end: bytes.length, holes: [hole] });
  t.throws(() => decodeValue(decoder), TnetstringError, 'it cannot be taken for a value');
});

t.test('damage is refused, or is another value, but never anything else', async (t) => {
  const text = '59:1:a;3:abc,1:b;12:1:1#4:true!~]1:c;3:1.5^1:d;0:}4:\xe2\x98\x83x;0:~}';
  const bytes = Buffer.from(text, 'latin1');
  const check = (damaged: Buffer): void => {
    const decoder = new TnetstringDecoder();
    decoder.begin({ bytes: damaged, start: 0, end: damaged.length });
    try {
      decodeValue(decoder);
    } catch (error) {
      if (!(error instanceof TnetstringError)) t.fail(String(error), { damaged: damaged.toString('latin1') });
    }
  };
  for (const damaged of prefixes(bytes)) check(damaged);
  for (const damaged of flipped(bytes, [0, 0x30, 0x39, 0x3a, 0x5d, 0x7d, 0xff])) check(damaged);
  t.pass();
});
