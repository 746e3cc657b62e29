import t from 'tap';
import { decodePairs, encodePairs } from '../../../../src/serialize/mitmproxy/tnetstring/header-pairs.js';
import { TnetstringDecoder } from '../../../../src/serialize/mitmproxy/tnetstring/tnetstring-decoder.js';
import { TnetstringEncoder } from '../../../../src/serialize/mitmproxy/tnetstring/tnetstring-encoder.js';

function encode(pairs: readonly (readonly [string, string])[]): Buffer {
  const encoder = new TnetstringEncoder();
  encoder.begin();
  encoder.value(pairs.map((pair) => pair.map((text) => Buffer.from(text, 'latin1'))));
  return Buffer.concat(encoder.finish() as Buffer[]);
}

function decode(bytes: Buffer) {
  const decoder = new TnetstringDecoder();
  decoder.begin({ bytes, start: 0, end: bytes.length });
  return decodePairs(decoder);
}

t.test('fields', async (t) => {
  const cases: [pairs: [string, string][], block: string, odd: boolean][] = [
    [[], '', false],
    [[['Host', 'a'], ['X', '\xe9'], ['x', '']], 'Host: a\r\nX: \xe9\r\nx: \r\n', false],
    [[[':status', '200'], ['a', 'b:c']], ':status: 200\r\na: b:c\r\n', false],
    [[['a', 'one\r\n two']], 'a: one\r\n two\r\n', false],
    [[['a', 'b\r\nX: y']], 'a: b X: y\r\n', true],
    [[['a', 'b\nc']], 'a: b c\r\n', true],
    [[['a', 'b\0c']], 'a: b c\r\n', true],
    [[['a:b', 'c']], 'a b: c\r\n', true],
    [[['', 'c']], ': c\r\n', true],
    [[['a ', 'c']], 'a : c\r\n', true],
    [[['a', ' c\t']], 'a:  c\t\r\n', true],
  ]; // biome-ignore format: a table
  for (const [pairs, block, odd] of cases) {
    const bytes = encode(pairs);
    const decoded = decode(bytes)!;
    t.equal(decoded.headers.bytes.toString('latin1'), block, JSON.stringify(pairs));
    t.equal(decoded.odd !== undefined, odd, JSON.stringify(pairs));
    const encoder = new TnetstringEncoder();
    encoder.begin();
    encodePairs(encoder, decoded.headers, decoded.odd);
    t.ok(Buffer.concat(encoder.finish() as Buffer[]).equals(bytes), 'they come back');
  }
});

t.test('fields that were changed go their own way', async (t) => {
  const { headers, odd } = decode(encode([['a', 'b\nc']]))!;
  headers.set('a', 'd');
  const encoder = new TnetstringEncoder();
  encoder.begin();
  encodePairs(encoder, headers, odd);
  t.ok(Buffer.concat(encoder.finish() as Buffer[]).equals(encode([['a', 'd']])));
});

t.test('invalid lists of pairs', async (t) => {
  t.equal(decode(Buffer.from('0:~')), undefined);
  for (const text of ['1:1#', '4:1:1#]', '7:4:1:a,]]', '15:12:1:a,1:b,1:c,]]', '11:8:1:a,1:1#]]']) {
    t.throws(() => decode(Buffer.from(text)), text);
  }
});
