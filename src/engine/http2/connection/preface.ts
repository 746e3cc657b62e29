import { Http2ConnectionError } from '../errors.js';
import { CODE, FLAG, FRAME, FRAME_HEAD, PREFACE } from '../frames/constants.js';

/** Checks how a peer begins its side of a connection (RFC 9113 section 3.4). */
export class PrefaceCheck {
  /** Bytes of a client's preface that have not arrived yet. */
  private missing: string;
  private hasSettings = false;

  /** @param ofClient the peer is a client */
  constructor(ofClient: boolean) {
    this.missing = ofClient ? PREFACE : '';
  }

  /** @returns the bytes after the preface @throws Http2ConnectionError */
  take(chunk: Buffer): Buffer {
    if (this.missing === '') return chunk;
    const length = Math.min(chunk.length, this.missing.length);
    if (chunk.toString('latin1', 0, length) !== this.missing.slice(0, length)) {
      throw new Http2ConnectionError(CODE.protocolError, 'no valid connection preface');
    }
    this.missing = this.missing.slice(length);
    return chunk.subarray(length);
  }

  /** The first frame is SETTINGS. @throws Http2ConnectionError */
  checkFrame(type: number, flags: number): void {
    if (this.hasSettings) return;
    if (type !== FRAME.settings || flags & FLAG.ack) {
      throw new Http2ConnectionError(CODE.protocolError, 'another frame before SETTINGS');
    }
    this.hasSettings = true;
  }
}

/** Whether a server's first bytes are the head of a SETTINGS frame: its preface (RFC 9113 section 3.4). */
export function beginsWithSettings(bytes: Buffer): boolean {
  if (bytes.length < FRAME_HEAD || bytes[0] !== 0 || bytes.readUIntBE(0, 3) % SETTING_SIZE !== 0) return false;
  return bytes[3] === FRAME.settings && bytes[4] === 0 && bytes.readUInt32BE(5) === 0;
}

/** Bytes of one setting (RFC 9113 section 6.5.1). */
const SETTING_SIZE = 6;
