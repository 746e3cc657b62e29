import { Headers } from '../../../flow/http/headers.js';
import { UnreadText } from '../../../flow/text/unread-text.js';
import { FieldError } from '../../shared/field-error.js';
import { StringCache } from '../../shared/string-cache.js';

const TWO_32 = 0x1_0000_0000;

/**
 * Reads standard MessagePack value by value. The caller knows the expected types. Never reads beyond the end, and does not
 * allocate memory for announced lengths.
 */
export class MessagePackDecoder {
  bytes: Buffer = Buffer.alloc(0);
  /** Offset of the next value. */
  at = 0;
  /** End of the input. */
  end = 0;
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** The last key read, for error messages. */
  private lastKey = 'metadata';
  private readonly keys = new StringCache(256);
  private readonly texts = new StringCache(1024);

  /** Sets the position. @param end offset of the end of the value */
  begin(bytes: Buffer, at: number, end: number): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.at = at;
    this.end = end;
    this.lastKey = 'metadata';
  }

  /** Whether the next value is a map. */
  get isMap(): boolean {
    const type = this.bytes[this.at]!;
    return (type & 0xf0) === 0x80 || type === 0xde || type === 0xdf;
  }

  /** Whether the next value is a list. */
  get isList(): boolean {
    const type = this.bytes[this.at]!;
    return (type & 0xf0) === 0x90 || type === 0xdc || type === 0xdd;
  }

  /** Reads a map's number of entries. Each follows as a `key()` and a value. */
  map(): number {
    const type = this.type();
    if (type >= 0x80 && type < 0x90) return type & 0x0f;
    if (type === 0xde) return this.unsigned(2);
    if (type === 0xdf) return this.unsigned(4);
    throw this.mismatch('a map');
  }

  /** Reads a list's number of values. */
  list(): number {
    const type = this.type();
    if (type >= 0x90 && type < 0xa0) return type & 0x0f;
    if (type === 0xdc) return this.unsigned(2);
    if (type === 0xdd) return this.unsigned(4);
    throw this.mismatch('a list');
  }

  key(): string {
    const end = this.textEnd();
    const key = this.keys.get(this.bytes, this.at, end);
    this.at = end;
    this.lastKey = key;
    return key;
  }

  /** Consumes a key if it is the given one. @param packed the key as MessagePack, in the shortest form */
  isKey(packed: Uint8Array, key: string): boolean {
    const { bytes, at } = this;
    const { length } = packed;
    if (bytes[at] !== packed[0] || length > this.end - at) return false;
    for (let index = 1; index < length; index++) if (bytes[at + index] !== packed[index]) return false;
    this.at = at + length;
    this.lastKey = key;
    return true;
  }

  text(): string {
    const end = this.textEnd();
    const text = this.texts.get(this.bytes, this.at, end);
    this.at = end;
    return text;
  }

  unreadText(): UnreadText {
    const end = this.textEnd();
    const text = new UnreadText(this.bytes, this.at, end);
    this.at = end;
    return text;
  }

  /** Consumes these bytes if they come next. @param packed contains any number of values, from `start` on */
  isPacked(packed: DataView, start = 0, size = packed.byteLength): boolean {
    const { at, view } = this;
    if (size > this.end - at) return false;
    const words = size - 3;
    let index = 0;
    for (; index < words; index += 4) if (view.getUint32(at + index) !== packed.getUint32(start + index)) return false;
    for (; index < size; index++) if (view.getUint8(at + index) !== packed.getUint8(start + index)) return false;
    this.at = at + size;
    return true;
  }

  /** Reads an integer or a float. Integers beyond 2^53 lose precision. */
  number(): number {
    const type = this.type();
    if (type < 0x80) return type;
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xcb: {
        const at = this.advance(8);
        return this.view.getFloat64(at);
      }
      case 0xcc:
        return this.unsigned(1);
      case 0xcd:
        return this.unsigned(2);
      case 0xce:
        return this.unsigned(4);
      case 0xcf: {
        const high = this.unsigned(4);
        return high * TWO_32 + this.unsigned(4);
      }
      case 0xca:
        return this.view.getFloat32(this.advance(4));
      case 0xd0:
        return this.view.getInt8(this.advance(1));
      case 0xd1:
        return this.view.getInt16(this.advance(2));
      case 0xd2:
        return this.view.getInt32(this.advance(4));
      case 0xd3:
        return Number(this.view.getBigInt64(this.advance(8)));
      default:
        throw this.mismatch('a number');
    }
  }

  boolean(): boolean {
    const type = this.type();
    if (type !== 0xc2 && type !== 0xc3) throw this.mismatch('true or false');
    return type === 0xc3;
  }

  /** A view of the input bytes. */
  binary(): Buffer {
    const size = this.binarySize();
    const at = this.advance(size);
    return this.bytes.subarray(at, at + size);
  }

  /** Bytes that are a block of header fields. */
  headers(): Headers {
    const size = this.binarySize();
    const at = this.advance(size);
    return Headers.within(this.bytes, at, at + size);
  }

  /** A value in its encoded form. */
  packed(): Buffer {
    const { at } = this;
    this.skip();
    return this.bytes.subarray(at, this.at);
  }

  /** Skips any value. */
  skip(): void {
    for (let left = 1; left > 0; left--) {
      const type = this.type();
      if (type < 0x80 || type >= 0xe0) continue;
      if (type < 0x90) left += 2 * (type & 0x0f);
      else if (type < 0xa0) left += type & 0x0f;
      else if (type < 0xc0) this.advance(type & 0x1f);
      else left += this.skipTyped(type);
    }
  }

  /** @returns the number of values it contains */
  private skipTyped(type: number): number {
    if (type <= 0xc3) return 0;
    if (type <= 0xc6) this.advance(this.unsigned(1 << (type - 0xc4)));
    else if (type <= 0xc9) this.advance(this.unsigned(1 << (type - 0xc7)) + 1);
    else if (type <= 0xcb) this.advance(4 << (type - 0xca));
    else if (type <= 0xcf) this.advance(1 << (type - 0xcc));
    else if (type <= 0xd3) this.advance(1 << (type - 0xd0));
    else if (type <= 0xd8) this.advance((1 << (type - 0xd4)) + 1);
    else if (type <= 0xdb) this.advance(this.unsigned(1 << (type - 0xd9)));
    else if (type <= 0xdd) return this.unsigned(2 << (type - 0xdc));
    else return 2 * this.unsigned(2 << (type - 0xde));
    return 0;
  }

  private binarySize(): number {
    const type = this.type();
    if (type < 0xc4 || type > 0xc6) throw this.mismatch('bytes');
    return this.unsigned(1 << (type - 0xc4));
  }

  private textEnd(): number {
    const type = this.type();
    let size: number;
    if (type >= 0xa0 && type < 0xc0) size = type & 0x1f;
    else if (type >= 0xd9 && type <= 0xdb) size = this.unsigned(1 << (type - 0xd9));
    else throw this.mismatch('text');
    if (size > this.end - this.at) throw this.cutOff();
    return this.at + size;
  }

  private type(): number {
    return this.bytes[this.advance(1)]!;
  }

  private unsigned(size: number): number {
    const at = this.advance(size);
    if (size === 1) return this.bytes[at]!;
    return size === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  private advance(bytes: number): number {
    const { at } = this;
    if (bytes > this.end - at) throw this.cutOff();
    this.at = at + bytes;
    return at;
  }

  private cutOff(): FieldError {
    return new FieldError(this.lastKey, 'complete');
  }

  /** The error of a value of an unexpected type. */
  mismatch(wanted: string): FieldError {
    return new FieldError(this.lastKey, wanted);
  }
}
