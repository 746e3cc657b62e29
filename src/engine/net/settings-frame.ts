/** Whether a server's first bytes are the head of a SETTINGS frame, with which HTTP/2 begins (RFC 9113 section 3.4). */
export function beginsWithSettings(bytes: Buffer): boolean {
  if (bytes.length < 9 || bytes.readUIntBE(0, 3) % 6 !== 0 || bytes[0] !== 0) return false;
  return bytes[3] === SETTINGS && bytes[4] === 0 && bytes.readUInt32BE(5) === 0;
}

const SETTINGS = 4;
