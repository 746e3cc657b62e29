import { X509Certificate } from 'node:crypto';
import { ReadChains } from '../../shared/certificates.js';

const SLOTS = 256;
/** Where PEM of different certificates differs: in the serial number and behind it. */
const SAMPLE_AT = 56;

interface Entry {
  pem: Buffer;
  der: Buffer;
}

/** Makes DER of PEM, in which mitmproxy keeps certificates. The flows of a connection repeat them. */
export class PemDecoder {
  private readonly entries: (Entry | undefined)[] = new Array<Entry | undefined>(SLOTS).fill(undefined);
  private readonly chains = new ReadChains();

  /** @returns undefined if it is no certificate in PEM */
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

  /** The one copy of a chain. */
  intern(chain: readonly Buffer[]): Buffer[] {
    return chain.length > 0 ? this.chains.intern(chain) : [];
  }
}

/** Makes PEM of DER, if mitmproxy will be able to load it: it refuses a file for one certificate that is none. */
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
    // What it takes for a certificate may have bytes behind it.
    return new X509Certificate(der).raw.equals(der);
  } catch {
    return false;
  }
}
