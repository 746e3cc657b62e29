import { TAG } from './der.js';

/** One DER element, as in the bytes. */
export interface DerElement {
  tag: number;
  content: Buffer;
  /** Tag, length and content. */
  raw: Buffer;
}

/**
 * Reads the element at the start of the bytes; more may follow it.
 * @returns undefined if there is no complete element, or its length is indefinite or above 16 MiB
 */
export function readElement(bytes: Buffer): DerElement | undefined {
  if (bytes.length < 2) return undefined;
  const tag = bytes[0]!;
  if ((tag & 0x1f) === 0x1f) return undefined;
  let length = bytes[1]!;
  let start = 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 3 || bytes.length < 2 + count) return undefined;
    length = bytes.readUIntBE(2, count);
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) return undefined;
  return { tag, content: bytes.subarray(start, end), raw: bytes.subarray(0, end) };
}

/** Reads bytes that consist of elements only. @returns undefined if they do not */
export function readElements(bytes: Buffer): DerElement[] | undefined {
  const elements: DerElement[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const next = readElement(rest);
    if (!next) return undefined;
    elements.push(next);
    rest = rest.subarray(next.raw.length);
  }
  return elements;
}

/** The elements inside a constructed element with this tag. @returns undefined for another tag or no element */
export function readInside(element: DerElement | undefined, tag: number = TAG.sequence): DerElement[] | undefined {
  return element?.tag === tag ? readElements(element.content) : undefined;
}

/** The text of an ASN.1 string of any type. @returns undefined for another type, or bytes that do not match the type */
export function readString(element: DerElement | undefined): string | undefined {
  if (!element) return undefined;
  const { tag, content } = element;
  switch (tag) {
    case TAG.utf8String:
      return decodeUtf8(content);
    case TAG.printableString:
    case TAG.numericString:
    case TAG.ia5String:
    case TAG.visibleString:
    case TAG.teletexString: // T.61 in name, Latin-1 in practice.
      return content.toString('latin1');
    case TAG.bmpString:
      return content.length % 2 === 0 ? Buffer.from(content).swap16().toString('utf16le') : undefined;
    case TAG.universalString:
      return decodeUtf32(content);
    default:
      return undefined;
  }
}

function decodeUtf8(content: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

function decodeUtf32(content: Buffer): string | undefined {
  if (content.length % 4 !== 0) return undefined;
  let text = '';
  for (let at = 0; at < content.length; at += 4) {
    const point = content.readUInt32BE(at);
    if (point > 0x10ffff) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}
