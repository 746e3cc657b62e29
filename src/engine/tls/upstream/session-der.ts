import { sequence, TAG } from '../x509/der.js';
import { readElement } from '../x509/der-reader.js';

/** `[3] peer`, the certificate of the peer. */
const PEER = 0xa3;

/**
 * Removes the certificate of the peer from a TLS session in OpenSSL's DER form (`i2d_SSL_SESSION`), where it is optional and
 * unused. OpenSSL decodes the certificate and its key each time that a session is set, and Node sets it twice. This takes
 * longer than the rest of a resumed handshake.
 * @returns the same session if it has no certificate or another form
 */
export function sessionWithoutPeer(session: Buffer): Buffer {
  const whole = readElement(session);
  if (whole?.tag !== TAG.sequence || whole.raw.length !== session.length) return session;
  const { content } = whole;
  for (let at = 0; at < content.length; ) {
    const field = readElement(content.subarray(at));
    if (!field) return session;
    const end = at + field.raw.length;
    if (field.tag === PEER) return sequence(content.subarray(0, at), content.subarray(end));
    at = end;
  }
  return session;
}
