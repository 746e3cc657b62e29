/** Text up to this length is encoded in JavaScript, which takes less time than a native call. */
const SHORT_TEXT = 40;
const TWO_32 = 0x1_0000_0000;

/**
 * Writes standard MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md) for maps with known keys. Avoids
 * intermediate objects, on which a general packer spends most of its time.
 */
export class MessagePackEncoder {
  /** The encoded bytes are from 0 to `length`. */
  bytes = Buffer.allocUnsafeSlow(16 * 1024);
  length = 0;
  private view = viewOf(this.bytes);

  /** Discards the encoded bytes. */
  reset(): void {
    this.length = 0;
  }

  /** Begins a map; the following entries belong to it. @returns its offset, for `endMap` */
  beginMap(): number {
    this.room(1);
    return this.length++;
  }

  /** @param size number of entries written since the map began */
  endMap(start: number, size: number): void {
    if (size < 16) this.bytes[start] = 0x80 | size;
    else if (size < 0x1_0000) this.view.setUint16(this.widenHead(start, 0xde, 2), size);
    else this.view.setUint32(this.widenHead(start, 0xdf, 4), size);
  }

  /** @param packed the key as MessagePack */
  putKey(packed: Uint8Array): void {
    const { length } = packed;
    this.room(length);
    const { bytes } = this;
    let at = this.length;
    for (let index = 0; index < length; index++) bytes[at++] = packed[index]!;
    this.length = at;
  }

  /** Begins a list. @param size number of values that will follow */
  putList(size: number): void {
    this.room(5);
    if (size < 16) this.bytes[this.length++] = 0x90 | size;
    else {
      this.view.setUint8(this.length, 0xdd);
      this.view.setUint32(this.length + 1, size);
      this.length += 5;
    }
  }

  putBoolean(value: boolean): void {
    this.room(1);
    this.bytes[this.length++] = value ? 0xc3 : 0xc2;
  }

  /** Appends a value that is already MessagePack. */
  putPacked(value: Uint8Array): void {
    this.room(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  putText(text: string): void {
    const { length } = text;
    if (length > SHORT_TEXT) {
      this.putLongText(text);
      return;
    }
    this.room(length + 2);
    const { bytes } = this;
    const start = this.length;
    let at = start;
    if (length < 32) bytes[at++] = 0xa0 | length;
    else {
      bytes[at++] = 0xd9;
      bytes[at++] = length;
    }
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) {
        this.putLongText(text);
        return;
      }
      bytes[at++] = code;
    }
    this.length = at;
  }

  putNumber(value: number): void {
    this.room(9);
    const { view, length } = this;
    if (!Number.isSafeInteger(value) || value < 0) {
      view.setUint8(length, 0xcb);
      view.setFloat64(length + 1, value);
      this.length += 9;
    } else if (value < 0x80) {
      view.setUint8(length, value);
      this.length += 1;
    } else if (value < 0x1_0000) {
      view.setUint8(length, 0xcd);
      view.setUint16(length + 1, value);
      this.length += 3;
    } else if (value < TWO_32) {
      view.setUint8(length, 0xce);
      view.setUint32(length + 1, value);
      this.length += 5;
    } else {
      view.setUint8(length, 0xcf);
      view.setUint32(length + 1, Math.floor(value / TWO_32));
      view.setUint32(length + 5, value % TWO_32);
      this.length += 9;
    }
  }

  putBinary(value: Buffer): void {
    this.sizeHead(0xc4, value.length);
    this.putPacked(value);
  }

  /** Inserts space for the size after the first byte of a map. @returns its offset */
  private widenHead(start: number, type: number, bytes: number): number {
    this.room(bytes);
    this.bytes.copyWithin(start + 1 + bytes, start + 1, this.length);
    this.bytes[start] = type;
    this.length += bytes;
    return start + 1;
  }

  /** Writes the type for a one-byte size, or the following types for two and four bytes. */
  private sizeHead(type: number, size: number): void {
    this.room(5);
    const { view, length } = this;
    if (size < 0x100) {
      view.setUint8(length, type);
      view.setUint8(length + 1, size);
      this.length += 2;
    } else if (size < 0x1_0000) {
      view.setUint8(length, type + 1);
      view.setUint16(length + 1, size);
      this.length += 3;
    } else {
      view.setUint8(length, type + 2);
      view.setUint32(length + 1, size);
      this.length += 5;
    }
  }

  private putLongText(text: string): void {
    const size = Buffer.byteLength(text);
    this.sizeHead(0xd9, size);
    this.room(size);
    this.length += this.bytes.write(text, this.length);
  }

  private room(size: number): void {
    const wanted = this.length + size;
    if (wanted <= this.bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(Math.max(wanted, this.bytes.length * 2));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
