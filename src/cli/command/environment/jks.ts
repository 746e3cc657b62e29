import { createHash } from 'node:crypto';

/**
 * A trust store in Java's own format, which every Java reads (`JavaKeyStore` in OpenJDK): a header, one entry for each
 * certificate, and a digest keyed with the password. Numbers are big endian.
 * @param certificates in DER
 */
export function trustStore(certificates: readonly Buffer[], password: string, now = Date.now()): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32BE(MAGIC, 0);
  header.writeUInt32BE(VERSION, 4);
  header.writeUInt32BE(certificates.length, 8);
  const content = Buffer.concat([header, ...certificates.flatMap((der, at) => entry(`tsdump-${at}`, der, now))]);
  // The password in UTF-16 comes first, then a fixed text of OpenJDK.
  const digest = createHash('sha1')
    .update(Buffer.from(password, 'utf16le').swap16())
    .update('Mighty Aphrodite')
    .update(content)
    .digest();
  return Buffer.concat([content, digest]);
}

const MAGIC = 0xfeed_feed;
const VERSION = 2;
/** The tag of an entry with a certificate to trust. */
const TRUSTED = 2;

function entry(alias: string, der: Buffer, now: number): Buffer[] {
  const created = Buffer.alloc(8);
  created.writeBigInt64BE(BigInt(now));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(der.length);
  const tag = Buffer.alloc(4);
  tag.writeUInt32BE(TRUSTED);
  return [tag, text(alias), created, text('X.509'), length, der];
}

/** ASCII text with its length, as `DataOutput.writeUTF` writes it. */
function text(value: string): Buffer {
  const bytes = Buffer.alloc(2 + value.length);
  bytes.writeUInt16BE(value.length);
  bytes.write(value, 2, 'latin1');
  return bytes;
}
