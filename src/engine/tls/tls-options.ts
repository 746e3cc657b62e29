import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { EngineOptions } from '../options.js';

/** Names of versions in options, as mitmproxy has them. */
export type TlsVersionName = 'UNBOUNDED' | 'SSL3' | 'TLS1' | 'TLS1_1' | 'TLS1_2' | 'TLS1_3';

/** A TLS option that cannot be used; the message names it. */
export class TlsOptionError extends Error {
  override name = 'TlsOptionError';
}

// OpenSSL has no SSL 3.0 any more, so the lowest that can be spoken stands for it.
const LOWEST: Record<TlsVersionName, SecureContextOptions['minVersion']> = {
  UNBOUNDED: 'TLSv1',
  SSL3: 'TLSv1',
  TLS1: 'TLSv1',
  TLS1_1: 'TLSv1.1',
  TLS1_2: 'TLSv1.2',
  TLS1_3: 'TLSv1.3',
};
const HIGHEST: Record<TlsVersionName, SecureContextOptions['maxVersion']> = {
  ...LOWEST,
  UNBOUNDED: 'TLSv1.3',
};

/** What applies to all TLS servers towards clients. @throws TlsOptionError */
export function clientSideOptions(options: EngineOptions): SecureContextOptions {
  const { tlsVersionClientMin, tlsVersionClientMax, ciphersClient } = options;
  return checked('client', versionsAndCiphers(tlsVersionClientMin, tlsVersionClientMax, ciphersClient));
}

/**
 * What applies to all connections to servers: one context for all of them, as reading the roots takes long.
 * @throws TlsOptionError
 */
export function serverSideContext(options: EngineOptions): SecureContext {
  const { tlsVersionServerMin, tlsVersionServerMax, ciphersServer, sslVerifyUpstreamTrustedCa } = options;
  const settings = versionsAndCiphers(tlsVersionServerMin, tlsVersionServerMax, ciphersServer);
  // Without `ca` Node uses its own roots and those of NODE_EXTRA_CA_CERTS by itself; with it, only what is given.
  if (sslVerifyUpstreamTrustedCa) settings.ca = [...defaultRoots(), readCertificates(sslVerifyUpstreamTrustedCa)];
  checked('server', settings);
  return createSecureContext(settings);
}

function versionsAndCiphers(min: TlsVersionName, max: TlsVersionName, ciphers: string): SecureContextOptions {
  const settings: SecureContextOptions = { minVersion: LOWEST[min], maxVersion: HIGHEST[max] };
  if (ciphers) settings.ciphers = ciphers;
  // OpenSSL 3 refuses what old versions need unless the security level is lowered.
  else if (min !== 'TLS1_2' && min !== 'TLS1_3') settings.ciphers = 'DEFAULT:@SECLEVEL=0';
  return settings;
}

function checked(side: 'client' | 'server', settings: SecureContextOptions): SecureContextOptions {
  try {
    createSecureContext(settings);
    return settings;
  } catch (error) {
    throw new TlsOptionError(`The TLS options of the ${side} side cannot be used: ${(error as Error).message}`);
  }
}

function defaultRoots(): string[] {
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  if (!extra) return [...rootCertificates];
  try {
    return [...rootCertificates, readFileSync(extra, 'latin1')];
  } catch {
    // Node itself goes on without a file that it cannot read.
    return [...rootCertificates];
  }
}

function readCertificates(file: string): string {
  const fail = (why: string): never => {
    throw new TlsOptionError(`ssl_verify_upstream_trusted_ca: ${file} ${why}`);
  };
  let text = '';
  try {
    text = readFileSync(file, 'latin1');
  } catch (error) {
    fail(`cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) fail('holds no certificate in PEM form.');
  return text;
}
