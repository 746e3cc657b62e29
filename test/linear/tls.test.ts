import { distrustAlert, handshakeErrorText } from '../../src/engine/tls/tls-errors.js';
import { verificationText } from '../../src/engine/tls/upstream/verification-error.js';
import { parsePemIdentity } from '../../src/engine/tls/x509/pem-identity.js';
import { subjectName } from '../../src/engine/tls/x509/subject-name.js';
import { PemDecoder } from '../../src/serialize/mitmproxy/connection/certificates.js';
import { attempt, growsLinearly, repeated } from '../support/growth.js';

/** Names, certificates and errors of TLS: what is repeated, and what reads it. */
growsLinearly([
  ['an address of a certificate', 4000, repeated(subjectName, ':', '[', ']x')],
  ['zones', 4000, repeated(subjectName, '%', '::1', '\n')],
  ['labels', 2000, repeated(subjectName, 'a.')],
  [
    'PEM that begins again and again',
    500,
    repeated((text) => attempt(() => parsePemIdentity(text)), '-----BEGIN A-----\n'),
  ],
  [
    'PEM with labels',
    500,
    repeated((text) => attempt(() => parsePemIdentity(text)), '-----BEGIN A', '', '-----\n-----END B-----'),
  ],
  [
    'a certificate in a capture',
    1000,
    repeated((text) => new PemDecoder().decode(Buffer.from(text)), 'CERTIFICATE', '-----BEGIN '),
  ],
  [
    'an error of OpenSSL',
    1000,
    repeated((text) => handshakeErrorText(Object.assign(new Error(text), { code: 'EPROTO' })), 'SSL routines:'),
  ],
  ['an alert', 2000, repeated((text) => distrustAlert(new Error(text)), 'alert bad ')],
  ['a verification error', 4000, repeated((text) => verificationText(text), 'DNS:a, ')],
]);
