import { sequence, TAG } from '../x509/der.js';
import { readElement } from '../x509/der-reader.js';

/** `[3] peer`, the certificate of the peer. */
const PEER = 0xa3;
/** Newer versions of Node.js put this and the name of the server, with its length in two bytes, before the session. */
const NODE_PREFIX = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');

/**
 * Removes the certificate of the peer from a TLS session in OpenSSL's DER form (`i2d_SSL_SESSION`), where it is optional and
 * unused. OpenSSL decodes the certificate and its key each time that a session is set, and Node sets it twice. This takes
 * longer than the rest of a resumed handshake.
 * @returns the same session if it has no certificate or another form
 */
export function sessionWithoutPeer(session: Buffer): Buffer {
  const start = derStart(session);
  const whole = readElement(session.subarray(start));
  if (whole?.tag !== TAG.sequence || start + whole.raw.length !== session.length) return session;
  const { content } = whole;
  for (let at = 0; at < content.length; ) {
    const field = readElement(content.subarray(at));
    if (!field) return session;
    const end = at + field.raw.length;
    if (field.tag === PEER) {
      const shorter = sequence(content.subarray(0, at), content.subarray(end));
      return start === 0 ? shorter : Buffer.concat([session.subarray(0, start), shorter]);
    }
    at = end;
  }
  return session;
}

function derStart(session: Buffer): number {
  const name = NODE_PREFIX.length + 2;
  if (session.length < name || !session.subarray(0, NODE_PREFIX.length).equals(NODE_PREFIX)) return 0;
  return Math.min(session.length, name + session.readUInt16BE(NODE_PREFIX.length));
}
