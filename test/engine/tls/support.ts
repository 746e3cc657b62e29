import { execFile, execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { type Authority, parseAuthority } from '../../../src/engine/tls/authority/authority-pem.js';
import { keyIdentifier } from '../../../src/engine/tls/x509/certificate-reader.js';
import {
  distinguishedName,
  extension,
  signCertificate,
  toPem,
} from '../../../src/engine/tls/x509/certificate-writer.js';
import { bitString, octetString, sequence, TRUE } from '../../../src/engine/tls/x509/der.js';
import { OID } from '../../../src/engine/tls/x509/oids.js';

export const DAY = 24 * 60 * 60 * 1000;

/** Why a test that needs this program cannot run; false if it can, or must (`TSDUMP_TEST_EVERYTHING`). */
export function without(program: string): string | false {
  if (process.env.TSDUMP_TEST_EVERYTHING) return false;
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return false;
  } catch {
    return `${program} is not installed`;
  }
}

/** Nothing of what the user has set for these programs. */
const PLAIN = { PATH: process.env.PATH };

export function openssl(args: string[], input?: string | Buffer): string {
  return execFileSync('openssl', args, { input, env: PLAIN, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Runs a program while this process goes on serving it. Output and error output are given together. */
export function run(program: string, args: string[], input = ''): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env: PLAIN }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
    });
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
  });
}

export interface CertificateOptions {
  key?: KeyObject;
  /** Signs instead of the key itself. */
  issuer?: { key: KeyObject; name: Buffer };
  name?: Buffer;
  notBefore?: Date;
  notAfter?: Date;
  /** Instead of those that make a CA. */
  extensions?: Buffer[];
}

export const CA_NAME = distinguishedName({ commonName: 'Test CA' });

export function ecKey(namedCurve = 'P-256'): KeyObject {
  return generateKeyPairSync('ec', { namedCurve }).privateKey;
}

export function spki(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

export function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** DER of a certificate: of a CA, unless the options say otherwise. */
export function certificate(options: CertificateOptions = {}): Buffer {
  const key = options.key ?? ecKey();
  const name = options.name ?? CA_NAME;
  return signCertificate(
    {
      issuer: options.issuer?.name ?? name,
      subject: name,
      notBefore: options.notBefore ?? new Date(Date.now() - 100 * DAY),
      notAfter: options.notAfter ?? new Date(Date.now() + 100 * DAY),
      publicKey: spki(key),
      extensions: options.extensions ?? caExtensions(key),
    },
    options.issuer?.key ?? key,
  );
}

export function caExtensions(key: KeyObject): Buffer[] {
  return [
    extension(OID.basicConstraints, sequence(TRUE), true),
    extension(OID.keyUsage, bitString(Buffer.from([0x06]), 1), true),
    extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(spki(key)))),
  ];
}

/** An authority that needs no file and, with an EC key, no time. */
export function testAuthority(options: CertificateOptions = {}): Authority {
  const key = options.key ?? ecKey();
  return parseAuthority(keyPem(key) + toPem(certificate({ ...options, key })), 'test.pem');
}

/** The hellos of real clients in `fixtures/client-hello`, by name. */
export function clientHellos(): Map<string, Buffer> {
  const url = new URL('../../../../fixtures/client-hello/', import.meta.url);
  const names = readdirSync(url).filter((name) => name.endsWith('.hex'));
  return new Map(names.map((name) => [name.slice(0, -4), fromHex(readFileSync(new URL(name, url), 'utf8'))]));
}

/** Lines that begin with `#` are comments. */
function fromHex(text: string): Buffer {
  return Buffer.from(text.replace(/^#.*$/gm, '').replace(/\s/g, ''), 'hex');
}
