import type { MediaType } from './media-type.js';
import type { StreamView } from './view.js';

/** Bytes in which the dimensions are looked for; a JPEG may have metadata before them. */
const HEAD = 256 * 1024;

/** An image: its format and its dimensions, as a hex dump of compressed pixels says nothing to readers. */
export const imageView: StreamView = {
  name: 'image',
  whole: false,
  matchesType: () => false,
  matchesContent: (head, type) => formatOf(head, type) !== undefined,
  async *format(chunks, type) {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const chunk of chunks) {
      pieces.push(chunk);
      length += chunk.length;
      if (length >= HEAD) break;
    }
    const head = Buffer.concat(pieces);
    const { name, sizes } = formatOf(head, type)!;
    const dimensions = sizes(head).map(([width, height]) => `, ${width} x ${height}`);
    yield `${name} image${dimensions.join('')}${dimensions.length > 0 ? ' pixels' : ''}\n`;
  },
};

type Size = [width: number, height: number];

interface ImageFormat {
  readonly name: string;
  /** The first bytes as latin1 text. */
  readonly signature: RegExp;
  /** The dimensions of the images, as far as they are in the given bytes. */
  sizes(head: Buffer): Size[];
}

function formatOf(head: Buffer, { essence }: MediaType): ImageFormat | undefined {
  if (!essence.startsWith('image/') && essence !== 'application/octet-stream') return undefined;
  const start = head.toString('latin1', 0, 16);
  return FORMATS.find(
    ({ name, signature }) => signature.test(start) && (essence.startsWith('image/') || !SHORT.has(name)),
  );
}

/** Formats whose signatures are too short to be recognised without an image type. */
const SHORT: ReadonlySet<string> = new Set(['BMP', 'ICO']);

const FORMATS: readonly ImageFormat[] = [
  {
    name: 'PNG',
    signature: /^\x89PNG\r\n\x1a\n/,
    sizes: (head) => at(head, 24, () => [head.readUInt32BE(16), head.readUInt32BE(20)]),
  },
  {
    name: 'GIF',
    signature: /^GIF8[79]a/,
    sizes: (head) => at(head, 10, () => [head.readUInt16LE(6), head.readUInt16LE(8)]),
  },
  { name: 'JPEG', signature: /^\xff\xd8\xff/, sizes: jpegSizes },
  { name: 'WebP', signature: /^RIFF.{4}WEBP/s, sizes: webpSizes },
  { name: 'AVIF', signature: /^.{4}ftypavi[fs]/s, sizes: () => [] },
  {
    name: 'BMP',
    signature: /^BM/,
    sizes: (head) => at(head, 26, () => bitmapSize(head)),
  },
  { name: 'ICO', signature: /^\0\0\x01\0/, sizes: iconSizes },
];

/** One size, if the bytes that hold it have arrived. */
function at(head: Buffer, end: number, size: () => Size): Size[] {
  return head.length >= end ? [size()] : [];
}

/** A header of 12 bytes is that of OS/2, with dimensions of 16 bits; a negative height means rows from top to bottom. */
function bitmapSize(head: Buffer): Size {
  if (head.readUInt32LE(14) === 12) return [head.readUInt16LE(18), head.readUInt16LE(20)];
  return [head.readInt32LE(18), Math.abs(head.readInt32LE(22))];
}

/** The size is in the frame header, which follows any number of segments (ITU T.81 annex B). */
function jpegSizes(head: Buffer): Size[] {
  let start = 2;
  while (start + 9 <= head.length && head[start] === 0xff) {
    const marker = head[start + 1]!;
    if (marker === 0xff) start++;
    else if (isFrame(marker)) return [[head.readUInt16BE(start + 7), head.readUInt16BE(start + 5)]];
    else start += 2 + head.readUInt16BE(start + 2);
  }
  return [];
}

/** SOF markers; DHT, JPG and DAC are in the same range. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** The first chunk is lossy, lossless or extended (RFC 9649 section 2). */
function webpSizes(head: Buffer): Size[] {
  if (head.length < 30) return [];
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return [[head.readUInt16LE(26) & 0x3fff, head.readUInt16LE(28) & 0x3fff]];
    case 'VP8L': {
      const bits = head.readUInt32LE(21);
      return [[(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1]];
    }
    case 'VP8X':
      return [[head.readUIntLE(24, 3) + 1, head.readUIntLE(27, 3) + 1]];
    default:
      return [];
  }
}

/** An icon has a directory of images; 0 stands for 256. */
function iconSizes(head: Buffer): Size[] {
  if (head.length < 6) return [];
  const count = Math.min(head.readUInt16LE(4), MOST_ICONS);
  const entries = Array.from({ length: count }, (_, index) => 6 + 16 * index).filter(
    (entry) => entry + 16 <= head.length,
  );
  return entries.map((entry) => [head[entry] || 256, head[entry + 1] || 256]);
}

/** Sizes of an icon that are shown. */
const MOST_ICONS = 16;
