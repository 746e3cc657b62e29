import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/**
 * An invalid PEM file: the problem, which continues a sentence that begins with the file's name, and the remedy if
 * known.
 */
export class PemError extends Error {
  override name = 'PemError';
  constructor(
    readonly problem: string,
    readonly advice?: string,
  ) {
    super(advice ? `${problem}: ${advice}` : problem);
  }
}

/** A private key, its certificate, and the other certificates of the file. */
export interface PemIdentity {
  key: KeyObject;
  certificate: X509Certificate;
  /** All certificates of the file in order, but the key's first. */
  certificates: readonly X509Certificate[];
}

/**
 * Parses a key and certificates in PEM form, in any order.
 * @param fallbackKey used if the text has none
 * @throws PemError
 */
export function parsePemIdentity(text: string, passphrase?: string, fallbackKey?: KeyObject): PemIdentity {
  const blocks = pemBlocks(text);
  const keyBlock = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))?.block;
  const key = keyBlock ? parseKey(keyBlock, passphrase) : fallbackKey;
  if (!key) throw new PemError('has no private key');
  if (ONLY_FOR_KEY_AGREEMENT.has(key.asymmetricKeyType ?? '')) {
    throw new PemError(`has a key of type ${key.asymmetricKeyType}`, 'use RSA, EC or Ed25519');
  }
  const certificates = parseCertificates(
    blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ block }) => block),
  );
  if (!certificates || certificates.length === 0) throw new PemError('has no valid certificate');
  const certificate = certificates.find((candidate) => candidate.checkPrivateKey(key));
  if (!certificate) {
    throw new PemError(
      keyBlock ? 'has a key and a certificate that do not match' : 'has no private key for its certificate',
    );
  }
  return { key, certificate, certificates: [certificate, ...certificates.filter((other) => other !== certificate)] };
}

/** The PEM blocks of a text (RFC 7468 section 2) with matching labels; of nested ones the inner. */
function pemBlocks(text: string): { label: string; block: string }[] {
  const blocks: { label: string; block: string }[] = [];
  let open: { label: string; start: number } | undefined;
  for (const { 0: line, 1: kind, 2: label, index } of text.matchAll(/-----(BEGIN|END) ([A-Z0-9 ]+)-----/g)) {
    if (kind === 'BEGIN') open = { label: label!, start: index };
    else {
      if (open?.label === label) blocks.push({ label: label!, block: text.slice(open!.start, index + line.length) });
      open = undefined;
    }
  }
  return blocks;
}

const ONLY_FOR_KEY_AGREEMENT = new Set(['x25519', 'x448', 'dh']);

function parseKey(block: string, passphrase: string | undefined): KeyObject {
  try {
    // Without a passphrase OpenSSL would prompt for one on the terminal.
    return createPrivateKey({ key: block, passphrase: passphrase ?? '' });
  } catch {
    if (!block.includes('ENCRYPTED')) throw new PemError('has an invalid private key');
    throw new PemError(
      'has an encrypted key, and its passphrase is missing or wrong',
      'set cert_passphrase, or decrypt the key (openssl pkey)',
    );
  }
}

function parseCertificates(blocks: string[]): X509Certificate[] | undefined {
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}
