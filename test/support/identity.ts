import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Authority, EngineOptions } from '../../src/engine/index.js';
import { mintLeaf } from '../../src/engine/tls/authority/leaf.js';
import { distinguishedName, toPem } from '../../src/engine/tls/x509/certificate-writer.js';
import { subjectName } from '../../src/engine/tls/x509/subject-name.js';
import { certificate, ecKey, keyPem, spki } from '../engine/tls/support.js';
import { write } from './folder.js';

export interface Identity {
  key: string;
  cert: string;
}

/** A key and certificate for these names, by an authority. */
export function identity(issuer: Authority, names: string[], organization?: string, now?: number): Identity {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const subject = { names: names.map((name) => subjectName(name) ?? wildcard(name)), organization };
  return { key: keyPem(key), cert: toPem(mintLeaf(subject, spki(key), issuer, now).der) };
}

function wildcard(value: string): { kind: 'dns'; value: string } {
  return { kind: 'dns', value };
}

export function selfSigned(key: KeyObject = ecKey()): Identity {
  return {
    key: keyPem(key),
    cert: toPem(certificate({ key, name: distinguishedName({ commonName: 'Self' }), extensions: [] })),
  };
}

/** A file with the CA certificate that a proxy must trust to accept an origin. */
export function trusting(path: string, authority: Authority): Partial<EngineOptions> {
  return { sslVerifyUpstreamTrustedCa: write(path, authority.certificatePem) };
}
