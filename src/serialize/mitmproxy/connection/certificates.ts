import { X509Certificate } from 'node:crypto';
import { ReadChains } from '../../shared/certificates.js';

const SLOTS = 256;
/** Offset from which the PEM text of different certificates differs: the serial number. */
const SAMPLE_AT = 56;

interface Entry {
  pem: Buffer;
  der: Buffer;
}

/**
 * Decodes the PEM in which mitmproxy keeps certificates. Results are cached, as the flows of a connection repeat them.
 */
export class PemDecoder {
  private readonly entries: (Entry | undefined)[] = new Array<Entry | undefined>(SLOTS).fill(undefined);
  private readonly chains = new ReadChains();

  /** @returns undefined if it is not a PEM certificate */
  decode(pem: Buffer): Buffer | undefined {
    const sample = pem.length > SAMPLE_AT + 8 ? pem.readUInt32LE(SAMPLE_AT) ^ pem.readUInt32LE(pem.length >> 1) : 0;
    const slot = ((sample ^ (sample >>> 16)) & 0xffff) % SLOTS;
    const entry = this.entries[slot];
    if (entry?.pem.equals(pem)) return entry.der;
    const base64 = /^-----BEGIN [A-Z0-9 ]*CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END /.exec(
      pem.toString('latin1'),
    )?.[1];
    if (!base64) return undefined;
    const der = Buffer.from(base64, 'base64');
    this.entries[slot] = { pem: Buffer.from(pem), der };
    return der;
  }

  /** The single copy of a chain. */
  intern(chain: readonly Buffer[]): Buffer[] {
    return chain.length > 0 ? this.chains.intern(chain) : [];
  }
}

/**
 * Encodes DER as PEM if mitmproxy will be able to load it: it rejects a whole file because of one invalid certificate.
 */
export class PemEncoder {
  private readonly made = new WeakMap<Buffer, Buffer | null>();

  encode(der: Buffer): Buffer | undefined {
    let pem = this.made.get(der);
    if (pem === undefined) {
      pem = isCertificate(der) ? toPem(der) : null;
      this.made.set(der, pem);
    }
    return pem ?? undefined;
  }
}

function toPem(der: Buffer): Buffer {
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return Buffer.from(`-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`, 'latin1');
}

function isCertificate(der: Buffer): boolean {
  try {
    // A parsed certificate may be followed by trailing bytes.
    return new X509Certificate(der).raw.equals(der);
  } catch {
    return false;
  }
}
