import t from 'tap';
import { sequence, utf8String } from '../../../../src/engine/tls/x509/der.js';
import { readElement, readElements, readInside, readString } from '../../../../src/engine/tls/x509/der-reader.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

t.test('one element', async (t) => {
  const element = readElement(bytes('04 02 0a 0b ff'));
  t.equal(element?.tag, 4);
  t.equal(element?.content.toString('hex'), '0a0b');
  t.equal(element?.raw.toString('hex'), '04020a0b');
  t.equal(readElement(Buffer.concat([bytes('04 82 01 00'), Buffer.alloc(256)]))?.content.length, 256);
});

t.test('no element', async (t) => {
  const table: [name: string, hex: string][] = [
    ['nothing', ''],
    ['no length', '04'],
    ['content missing', '04 02 0a'],
    ['length missing', '04 82 01'],
    ['indefinite length', '30 80 05 00 00 00'],
    ['absurd length', '04 84 ff ff ff ff'],
    ['tag of several bytes', '1f 81 01 00'],
  ];
  for (const [name, hex] of table) t.equal(readElement(bytes(hex)), undefined, name);
});

t.test('several elements', async (t) => {
  t.same(
    readElements(bytes('05 00 01 01 ff'))?.map(({ tag }) => tag),
    [5, 1],
  );
  t.same(readElements(Buffer.alloc(0)), []);
  t.equal(readElements(bytes('05 00 01')), undefined);
  const inner = readInside(readElement(sequence(utf8String('a'), utf8String('b'))));
  t.same(inner?.map(readString), ['a', 'b']);
  t.equal(readInside(readElement(utf8String('a'))), undefined);
  t.equal(readInside(undefined), undefined);
});

t.test('text', async (t) => {
  const table: [name: string, hex: string, expected: string | undefined][] = [
    ['UTF8String', '0c 02 c3 bc', 'ü'],
    ['UTF8String with a byte order mark', '0c 03 ef bb bf', '\ufeff'],
    ['broken UTF8String', '0c 01 c3', undefined],
    ['PrintableString', '13 01 41', 'A'],
    ['IA5String', '16 01 40', '@'],
    ['TeletexString', '14 01 fc', 'ü'],
    ['BMPString', '1e 02 00 fc', 'ü'],
    ['BMPString with half a letter', '1e 01 00', undefined],
    ['UniversalString', '1c 04 00 01 f6 00', '😀'],
    ['UniversalString beyond Unicode', '1c 04 00 11 00 00', undefined],
    ['UniversalString cut off', '1c 03 00 01 f6', undefined],
    ['no string', '02 01 41', undefined],
  ];
  for (const [name, hex, expected] of table) t.equal(readString(readElement(bytes(hex))), expected, name);
  t.equal(readString(undefined), undefined);
});
