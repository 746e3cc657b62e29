import { sequence, TAG } from '../x509/der.js';
import { readElement } from '../x509/der-reader.js';

/** `[3] peer`, the certificate of the peer. */
const PEER = 0xa3;

/**
 * A TLS session in OpenSSL's DER form (`i2d_SSL_SESSION`) without the certificate of the peer, which is optional in it. OpenSSL
 * decodes that certificate, and above all its key, whenever a session is set (Node sets it twice), which takes longer than the
 * rest of a resumed handshake; nothing uses it in there.
 * @returns the session itself if it has no certificate or another form
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
