const REPLACEMENT = 0xfffd;

/** The charset named in a `Content-Type`, in lower case. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase();
}

/** `Content-Type` with its charset replaced by UTF-8. */
export function withUtf8(contentType: string): string {
  return contentType.replace(/(;\s*charset\s*=\s*)("[^"]*"|[^\s;]*)/i, '$1utf-8');
}

/**
 * Encodes text in a charset: UTF-8, UTF-16 (little endian) or any single-byte charset.
 * @returns undefined for other charsets, or if a character cannot be represented
 */
export function encodeText(text: string, charset: string | undefined): Buffer | undefined {
  if (charset === undefined || charset === 'utf-8') return Buffer.from(text);
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(charset, { ignoreBOM: true });
  } catch {
    return undefined;
  }
  if (decoder.encoding === 'utf-8') return Buffer.from(text);
  if (decoder.encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  return decoder.encoding === 'utf-16be' ? undefined : encodeSingleBytes(text, decoder);
}

function encodeSingleBytes(text: string, decoder: InstanceType<typeof TextDecoder>): Buffer | undefined {
  const bytes = new Map<number, number>();
  for (let byte = 0x80; byte < 0x100; byte++) {
    // The preceding letter prevents the byte from being taken for part of a byte order mark.
    const decoded = decoder.decode(Uint8Array.of(0x41, byte));
    if (decoded.length === 2 && decoded.charCodeAt(1) !== REPLACEMENT) bytes.set(decoded.charCodeAt(1), byte);
  }
  const encoded = Buffer.allocUnsafe(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const byte = code < 0x80 ? code : bytes.get(code);
    if (byte === undefined) return undefined;
    encoded[at] = byte;
  }
  return encoded;
}
