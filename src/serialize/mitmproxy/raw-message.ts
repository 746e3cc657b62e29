import { Body } from '../../flow/body/body.js';
import { MemorySource } from '../../flow/body/byte-source.js';
import { announcedLength } from '../../flow/http/content-length.js';
import type { Headers } from '../../flow/http/headers.js';
import { FieldError } from '../shared/field-error.js';
import type { TsdumpExtras } from './extras.js';
import { decodePairs, type Pair } from './tnetstring/header-pairs.js';
import type { Omitted } from './tnetstring/record-outline.js';
import { TAG } from './tnetstring/tnetstring.js';
import type { TnetstringDecoder } from './tnetstring/tnetstring-decoder.js';

const NOTHING = Buffer.alloc(0);

/** The content of a message: in memory, omitted, or null. */
interface Content {
  bytes: Buffer | undefined;
  hole: Omitted | undefined;
}

/** The fields common to requests and responses. */
export class RawMessage {
  httpVersion = '';
  headers: Headers | undefined = undefined;
  oddHeaders: Pair[] | undefined = undefined;
  trailers: Headers | undefined = undefined;
  oddTrailers: Pair[] | undefined = undefined;
  content: Content | undefined = undefined;
  start: number | undefined = undefined;
  end: number | undefined = undefined;
  /** Only in early versions. */
  isReplay = false;
  private seen = 0;

  /** Decodes the value of an entry that both may have. */
  decode(input: TnetstringDecoder, key: string): void {
    switch (key) {
      case 'http_version':
        this.httpVersion = input.latin1();
        break;
      case 'httpversion':
        this.httpVersion = decodeVersionNumbers(input);
        break;
      case 'headers': {
        const pairs = decodePairs(input);
        this.headers = pairs?.headers;
        this.oddHeaders = pairs?.odd;
        break;
      }
      case 'trailers': {
        const pairs = decodePairs(input);
        this.trailers = pairs?.headers;
        this.oddTrailers = pairs?.odd;
        break;
      }
      case 'content':
      case 'body':
        this.content = decodeContent(input);
        break;
      case 'timestamp_start':
        this.start = input.optionalNumber();
        break;
      case 'timestamp_end':
        this.end = input.optionalNumber();
        break;
      default:
        if (key === 'is_replay') this.isReplay = input.boolean();
        else input.item();
        return;
    }
    this.count();
  }

  /** Counts an entry that every message of the newest version has. */
  count(): void {
    this.seen++;
  }

  /** @throws FieldError if an entry is missing */
  check(name: string, keys: number): Headers {
    if (this.seen < keys || !this.headers) throw new FieldError(name, `complete: ${keys} keys are required`);
    return this.headers;
  }

  /** The body. If it was not kept, its size comes from our own metadata or from the headers. */
  body(headers: Headers, name: 'request' | 'response', own: TsdumpExtras | undefined): Body {
    const whole = own?.incomplete?.includes(name) !== true;
    const { bytes, hole } = this.content ?? {};
    if (bytes) return Body.of(headers, bytes.length > 0 ? new MemorySource(bytes) : undefined, bytes.length, whole);
    if (hole) return Body.of(headers, hole.raw, hole.length, whole);
    const size = own?.sizes?.[name] ?? announcedLength(headers);
    return Body.of(headers, undefined, size, whole && size > 0 && this.end !== undefined);
  }
}

/** Decodes a version given as a list of numbers, as written before 0.14. */
function decodeVersionNumbers(input: TnetstringDecoder): string {
  const numbers: number[] = [];
  const end = input.enter(TAG.list);
  while (input.at < end) numbers.push(input.number());
  input.leave(end);
  return `HTTP/${numbers.join('.')}`;
}

function decodeContent(input: TnetstringDecoder): Content {
  input.item();
  if (input.isNull()) return { bytes: undefined, hole: undefined };
  if (input.tag !== TAG.bytes && input.tag !== TAG.text) input.fail('content is neither bytes nor text');
  const { hole } = input;
  if (hole) return { bytes: undefined, hole };
  return { bytes: input.end > input.start ? input.bytes.subarray(input.start, input.end) : NOTHING, hole: undefined };
}
