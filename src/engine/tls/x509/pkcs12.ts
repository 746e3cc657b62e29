import forge from 'node-forge';

// Only this file loads node-forge, and only to create an authority's files: loading takes 25 ms.

/** PKCS#12 with a certificate and no password, which Windows imports by a double click. */
export function certificateP12(certificatePem: string): Buffer {
  return p12(null, certificatePem);
}

/**
 * PKCS#12 with key and certificate, encrypted with an empty password: the key is as exposed as in the file that it comes from.
 */
export function keyP12(keyPem: string, certificatePem: string): Buffer {
  return p12(forge.pki.privateKeyFromPem(keyPem), certificatePem);
}

function p12(key: forge.pki.rsa.PrivateKey | null, certificatePem: string): Buffer {
  const certificate = forge.pki.certificateFromPem(certificatePem);
  // All importers support Triple DES. With an empty password, another cipher would not be stronger.
  const structure = forge.pkcs12.toPkcs12Asn1(key as forge.pki.rsa.PrivateKey, [certificate], '', {
    algorithm: '3des',
    friendlyName: 'tsdump',
  });
  return Buffer.from(forge.asn1.toDer(structure).getBytes(), 'latin1');
}
