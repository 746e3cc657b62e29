import { constants } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, rootCertificates, type SecureContext, type SecureContextOptions } from 'node:tls';
import { systemErrorText } from '../../flow/system-error.js';
import type { EngineOptions, TlsVersionName } from '../options.js';
import { type TlsOption, TlsOptionError } from './tls-errors.js';

// OpenSSL no longer has SSL 3.0; the lowest available version replaces it.
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

/** Settings of all TLS servers for clients. @throws TlsOptionError */
export function clientSideOptions(options: EngineOptions): SecureContextOptions {
  const { tlsVersionClientMin, tlsVersionClientMax, ciphersClient, tlsEcdhCurveClient } = options;
  const settings = versionsAndCiphers('client', tlsVersionClientMin, tlsVersionClientMax, ciphersClient);
  if (tlsEcdhCurveClient) settings.ecdhCurve = checkedCurve('tls_ecdh_curve_client', tlsEcdhCurveClient);
  // Creating the first context takes a while. Settings with versions only cannot fail.
  return ciphersClient || tlsEcdhCurveClient ? checked('client', settings) : settings;
}

/** Settings of all connections to servers. @param moreRoots root certificates in PEM form @throws TlsOptionError */
export function serverSideOptions(options: EngineOptions, moreRoots: readonly string[] = []): SecureContextOptions {
  const { tlsVersionServerMin, tlsVersionServerMax, ciphersServer, tlsEcdhCurveServer } = options;
  const settings = versionsAndCiphers('server', tlsVersionServerMin, tlsVersionServerMax, ciphersServer);
  if (tlsEcdhCurveServer) settings.ecdhCurve = checkedCurve('tls_ecdh_curve_server', tlsEcdhCurveServer);
  if (options.sslInsecure || options.sslLegacyServerConnect) {
    settings.secureOptions = constants.SSL_OP_LEGACY_SERVER_CONNECT;
  }
  // Without `ca` Node uses its own roots and those of NODE_EXTRA_CA_CERTS; with it, only the given ones.
  const trusted = [...trustedCertificates(options), ...moreRoots];
  if (trusted.length > 0) settings.ca = [...defaultRoots(), ...trusted];
  return checked('server', settings);
}

/** Whether creating these settings may fail or take long, so that they should be created at start-up. */
export function hasServerSettings(options: EngineOptions): boolean {
  const { ciphersServer, tlsEcdhCurveServer, sslVerifyUpstreamTrustedCa, sslVerifyUpstreamTrustedConfdir } = options;
  return Boolean(
    options.tlsVersionServerMax !== 'UNBOUNDED' ||
      ciphersServer ||
      tlsEcdhCurveServer ||
      sslVerifyUpstreamTrustedCa ||
      sslVerifyUpstreamTrustedConfdir,
  );
}

function versionsAndCiphers(
  side: 'client' | 'server',
  min: TlsVersionName,
  max: TlsVersionName,
  ciphers: string | undefined,
): SecureContextOptions {
  const settings: SecureContextOptions = { minVersion: LOWEST[min], maxVersion: HIGHEST[max] };
  if (settings.minVersion! > settings.maxVersion!) {
    throw new TlsOptionError(
      `tls_version_${side}_min`,
      `${min} is above tls_version_${side}_max, ${max}: no version is left`,
    );
  }
  if (ciphers) settings.ciphers = ciphers;
  // OpenSSL 3 refuses old versions unless the security level is lowered.
  else if (min !== 'TLS1_2' && min !== 'TLS1_3') settings.ciphers = 'DEFAULT:@SECLEVEL=0';
  return settings;
}

function checked(side: 'client' | 'server', settings: SecureContextOptions): SecureContextOptions {
  try {
    createSecureContext(settings);
    return settings;
  } catch (error) {
    const { code, reason, message } = error as NodeJS.ErrnoException & { reason?: string };
    const isCipher = code === 'ERR_SSL_NO_CIPHER_MATCH' || side === 'client';
    throw new TlsOptionError(isCipher ? `ciphers_${side}` : 'ssl_verify_upstream_trusted_ca', reason ?? message);
  }
}

/**
 * Creates a context; fails for a certificate that OpenSSL rejects at the current security level.
 * @param option and file that it comes from
 * @throws TlsOptionError
 */
export function contextWith(
  side: 'client' | 'server',
  settings: SecureContextOptions,
  { cert, key }: { cert: string; key: string },
  [option, file]: [option: TlsOption, file: string],
): SecureContext {
  try {
    return createSecureContext({ ...settings, cert, key });
  } catch (error) {
    const { code, message, reason } = error as NodeJS.ErrnoException & { reason?: string };
    const why = reason ?? message;
    const isWeak = /too[ _](?:small|weak)/i.test(`${code} ${why}`);
    const advice = isWeak ? ` (ciphers_${side}=DEFAULT:@SECLEVEL=0 allows it)` : '';
    throw new TlsOptionError(option, `${file} cannot be used: ${why}${advice}`);
  }
}

function checkedCurve(option: TlsOption, curve: string): string {
  try {
    createSecureContext({ ecdhCurve: curve });
    return curve;
  } catch {
    throw new TlsOptionError(
      option,
      `OpenSSL does not support the curve ${JSON.stringify(curve)}; use X25519, X448 or one of openssl ecparam -list_curves, such as prime256v1`,
    );
  }
}

function defaultRoots(): string[] {
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  if (!extra) return [...rootCertificates];
  try {
    return [...rootCertificates, readFileSync(extra, 'latin1')];
  } catch {
    // Node itself ignores an unreadable file.
    return [...rootCertificates];
  }
}

/** Certificates to trust besides the root certificates. */
function trustedCertificates(options: EngineOptions): string[] {
  const { sslVerifyUpstreamTrustedCa: file, sslVerifyUpstreamTrustedConfdir: folder } = options;
  const trusted = file ? [readCertificates('ssl_verify_upstream_trusted_ca', file)] : [];
  return folder ? [...trusted, ...readFolder(folder)] : trusted;
}

/** The certificates of a folder for OpenSSL (`openssl rehash`); the file names need not be hashes. */
function readFolder(folder: string): string[] {
  const option = 'ssl_verify_upstream_trusted_confdir';
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new TlsOptionError(option, `${folder} cannot be read: ${systemErrorText(error)}`);
  }
  // The hash-named links point to files of the same folder.
  const found = new Set<string>();
  for (const name of names) {
    if (!/\.(pem|crt|cer|\d+)$/i.test(name)) continue;
    found.add(readCertificates(option, join(folder, name)));
  }
  if (found.size === 0) throw new TlsOptionError(option, `${folder} holds no certificates in PEM form`);
  return [...found];
}

function readCertificates(option: TlsOption, file: string): string {
  const fail = (why: string): never => {
    throw new TlsOptionError(option, `${file} ${why}`);
  };
  let text = '';
  try {
    text = readFileSync(file, 'latin1');
  } catch (error) {
    fail(`cannot be read: ${systemErrorText(error)}`);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) fail('holds no certificate in PEM form');
  return text;
}
