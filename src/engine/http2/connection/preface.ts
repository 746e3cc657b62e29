import { Http2ConnectionError } from '../errors.js';
import { CODE, FLAG, FRAME, PREFACE } from '../frames/constants.js';

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
