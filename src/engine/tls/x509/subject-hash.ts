import { createHash } from 'node:crypto';
import { element, sequence, TAG, utf8String } from './der.js';
import { readElement, readElements, readInside, readString } from './der-reader.js';

/**
 * The hash of a subject by which OpenSSL finds its certificate in a folder, as `HASH.0` (`openssl x509 -subject_hash`): the
 * first four bytes of the SHA-1 of the name in OpenSSL's canonical form.
 * @param subject DER of the distinguished name
 * @returns undefined if that is malformed
 */
export function subjectHash(subject: Buffer): string | undefined {
  const sets = readInside(readElement(subject))?.map(canonicalSet);
  if (!sets || sets.includes(undefined)) return undefined;
  const digest = createHash('sha1')
    .update(Buffer.concat(sets as Buffer[]))
    .digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, '0');
}

/** A relative distinguished name, with the values of its attributes in canonical form. */
function canonicalSet({ content }: { content: Buffer }): Buffer | undefined {
  const attributes = readElements(content)?.map((attribute) => {
    const [type, value] = readInside(attribute) ?? [];
    return type && value && sequence(type.raw, canonicalValue(value));
  });
  if (!attributes || attributes.includes(undefined)) return undefined;
  return element(TAG.set, ...(attributes as Buffer[]));
}

/** Text becomes UTF-8 in lower case (ASCII only), without blanks at its ends and with single ones inside. */
function canonicalValue(value: { tag: number; content: Buffer; raw: Buffer }): Buffer {
  const text = value.tag === TAG.numericString ? undefined : readString(value);
  if (text === undefined) return value.raw;
  const words = text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== '');
  return utf8String(words.join(' ').replace(/[A-Z]+/g, (letters) => letters.toLowerCase()));
}
