import { crc32, zlib } from '../../runtime.js';
import { Decoding, DecodingError } from '../decoding.js';
import { type Chunks, decodingWith, type StreamDecoder } from './decode-stream.js';
import { beginsMember, headerLength, MAX_MEMBERS, TRAILER } from './member-header.js';

/** Undoes gzip chunk by chunk, as `gunzipWhole` does. */
export const gunzipStream: StreamDecoder = async function* (chunks, onCut, onRest) {
  const source = each(chunks);
  /** A part of a header or trailer. */
  let part: Buffer = NOTHING;
  let member: Member | undefined;
  let members = 0;
  try {
    for await (const chunk of source) {
      let rest: Buffer = part.length > 0 ? Buffer.concat([part, chunk]) : chunk;
      part = NOTHING;
      while (rest.length > 0) {
        if (!member) {
          if (members > 0 && !beginsMember(rest)) return onRest();
          if (members === MAX_MEMBERS) return yield* manyMembers(each(source, rest), onCut, onRest);
          const length = headerLength(rest);
          if (length === undefined) {
            part = rest;
            break;
          }
          rest = rest.subarray(length);
          member = new Member();
        }
        if (!member.ended) {
          const before = member.taken;
          yield* member.decode(rest);
          rest = rest.subarray(member.taken - before);
          if (!member.ended) break;
        }
        if (rest.length < TRAILER) {
          part = rest;
          break;
        }
        member.check(rest);
        rest = rest.subarray(TRAILER);
        member.close();
        member = undefined;
        members++;
      }
    }
    if (!member && part.length === 0) return;
    if (!member && members > 0) return onRest();
    if (member) yield* member.end();
    onCut();
  } finally {
    member?.close();
  }
};

const manyMembers = decodingWith(() => zlib.createGunzip());

async function* each(chunks: Chunks, first?: Buffer): AsyncGenerator<Buffer> {
  if (first) yield first;
  yield* chunks;
}

/** A member whose header was read. */
class Member {
  private readonly decoding = new Decoding(zlib.createInflateRaw());
  /** The end of its compressed content was found: bytes were left. */
  ended = false;
  private crc = 0;
  private size = 0;

  /** Bytes of its compressed content so far. */
  get taken(): number {
    return this.decoding.taken;
  }

  async *decode(bytes: Buffer): AsyncGenerator<Buffer> {
    const before = this.taken;
    for await (const content of this.decoding.write(bytes)) {
      this.crc = crc32(content, this.crc);
      this.size += content.length;
      yield content;
    }
    const { failure } = this.decoding;
    if (failure) throw new DecodingError(failure.message);
    this.ended = this.taken - before < bytes.length;
  }

  /** The rest of content that was cut off. */
  end(): AsyncGenerator<Buffer> {
    return this.decoding.end();
  }

  /** @throws DecodingError if the trailer does not belong to the content */
  check(trailer: Buffer): void {
    if (trailer.readUInt32LE(0) !== this.crc) throw new DecodingError('incorrect data check');
    if (trailer.readUInt32LE(4) !== this.size % 2 ** 32) throw new DecodingError('incorrect length check');
  }

  close(): void {
    this.decoding.close();
  }
}

const NOTHING = Buffer.alloc(0);
