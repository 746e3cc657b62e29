const ALERT = 21;
const HANDSHAKE = 22;
const FATAL = 2;

/** Descriptions of alerts (RFC 8446 section 6). */
export const ALERTS = { unexpectedMessage: 10, decodeError: 50, protocolVersion: 70 } as const;

/**
 * Whether the bytes begin a TLS handshake record: type 22, version 3.x (RFC 8446 section 5.1).
 * @returns undefined if more bytes are needed
 */
export function beginsHandshake(bytes: Buffer): boolean | undefined {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE) return false;
  if (bytes.length > 1 && bytes[1] !== 3) return false;
  return bytes.length < 3 ? undefined : bytes[2]! <= 4;
}

/** A fatal alert in a TLS 1.0 record, which clients of any version accept. @param description one of `ALERTS` */
export function fatalAlert(description: number): Buffer {
  return Buffer.from([ALERT, 3, 1, 0, 2, FATAL, description]);
}
