import t from 'tap';
import { shown } from './collect-text.js';

const PNG = '89504e470d0a1a0a0000000d4948445200000140000000c80806000000';
const GIF = '4749463839610a001400800000';
const JPEG_APP0 = 'ffd8ffe000104a46494600010100000100010000';
const JPEG = `${JPEG_APP0}ffffc000110800c80140030122`;
const RIFF = (chunk: string): string => `5249464600000000${Buffer.from(`WEBP${chunk}`).toString('hex')}00000000`;

t.test('an image is shown by format and dimensions', async (t) => {
  const table: [hex: string, type: string, text: string][] = [
    [PNG, 'image/png', 'PNG image, 320 x 200 pixels\n'],
    [PNG, 'image/gif', 'PNG image, 320 x 200 pixels\n'],
    [PNG, 'application/octet-stream', 'PNG image, 320 x 200 pixels\n'],
    [PNG.slice(0, 30), 'image/png', 'PNG image\n'],
    [GIF, 'image/gif', 'GIF image, 10 x 20 pixels\n'],
    [JPEG, 'image/jpeg', 'JPEG image, 320 x 200 pixels\n'],
    [`${JPEG_APP0}ffd9`, 'image/jpeg', 'JPEG image\n'],
    [`${JPEG_APP0}ffc4001f00`, 'image/jpeg', 'JPEG image\n'],
    [`${RIFF('VP8 ')}0000009d012a4001c800`, 'image/webp', 'WebP image, 320 x 200 pixels\n'],
    [`${RIFF('VP8L')}2f3fc131000000000000`, 'image/webp', 'WebP image, 320 x 200 pixels\n'],
    [`${RIFF('VP8X')}000000003f0100c70000`, 'image/webp', 'WebP image, 320 x 200 pixels\n'],
    [`${RIFF('XXXX')}00000000000000000000`, 'image/webp', 'WebP image\n'],
    [RIFF('VP8X'), 'image/webp', 'WebP image\n'],
    ['0000001c667479706176696600000000', 'image/avif', 'AVIF image\n'],
    [`424d${'00'.repeat(12)}280000004001000038ffffff`, 'image/bmp', 'BMP image, 320 x 200 pixels\n'],
    [`424d${'00'.repeat(12)}0c0000004001c80001001800`, 'image/bmp', 'BMP image, 320 x 200 pixels\n'],
    [
      `000001000200${'1010'}${'00'.repeat(14)}${'0000'}${'00'.repeat(14)}`,
      'image/x-icon',
      'ICO image, 16 x 16, 256 x 256 pixels\n',
    ],
    ['00000100ffff1010', 'image/x-icon', 'ICO image\n'],
  ];
  for (const [hex, type, text] of table) {
    const content = Buffer.from(hex, 'hex');
    t.equal(await shown(content, type), text, `${type}: ${hex}`);
    t.equal(await shown(content, type, 1), text, `${type}: ${hex}, byte by byte`);
  }
});

t.test('other bytes of an image type, and images in other types, are a hex dump', async (t) => {
  const png = Buffer.from(PNG, 'hex');
  t.match(await shown(Buffer.from([0, 1, 2]), 'image/png'), /^00000000 {2}00 01 02/);
  t.match(await shown(png, undefined), /^00000000 {2}89 50/, 'as in a TCP message');
  t.match(await shown(png, 'application/json'), /^00000000 {2}89 50/);
  t.match(await shown(Buffer.from('BM\0\0\0\0'), 'application/octet-stream'), /^00000000 {2}42 4d/);
});

t.test('no more is read than the dimensions may need', async (t) => {
  const { showContent } = await import('../../../src/terminal/views/show-content.js');
  const { parseMediaType } = await import('../../../src/terminal/views/media-type.js');
  let read = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from(PNG, 'hex');
    for (;;) {
      read++;
      yield Buffer.alloc(64 * 1024);
    }
  }
  let text = '';
  for await (const piece of showContent(endless(), parseMediaType('image/png'))) text += piece;
  t.equal(text, 'PNG image, 320 x 200 pixels\n');
  t.ok(read < 10);
});
