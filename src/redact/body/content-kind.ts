import { rpcOfType } from '../../flow/rpc/call.js';
import { essenceOf, parameterOf } from '../../flow/text/parameters.js';
import { isProtobuf } from '../../protobuf/media-types.js';
import type { TextKind } from '../text/scan.js';

/** How a content is searched. */
export interface ContentKind {
  readonly text: TextKind;
  /** Whether it is one form, whose names are decoded. */
  readonly isForm: boolean;
  /** A charset of two bytes a character, which is searched as UTF-8. */
  readonly wide: 'utf-16le' | 'utf-16be' | undefined;
  /** Whether only shapes can be found in it. */
  readonly isOpaque: boolean;
}

const CODE = /^(?:text|application)\/(?:x-)?(?:javascript|ecmascript|typescript|css|x-typescript)$/;
const MARKUP = /^(?:text\/html|application\/xhtml\+xml)$/;
const BINARY =
  /^(?:image\/(?!svg)|video\/|audio\/|font\/|application\/(?:zip|gzip|x-gzip|zstd|x-7z|x-rar|x-bzip|x-xz|java-archive|pdf|wasm|vnd\.openxmlformats|font|x-font|x-protobuf|protobuf|grpc|vnd\.apache\.(?:avro|thrift)))/;

/** Bytes by which content without a telling type is judged. */
const SAMPLE = 1024;
/** Types that are remembered. They come from the traffic. */
const MOST_TYPES = 256;

/** What a type says. */
interface TypeFacts {
  readonly asText: ContentKind;
  readonly isBinary: boolean;
  readonly isCall: boolean;
}

/** How to search contents, by their types. */
export class ContentKinds {
  private readonly known = new Map<string, TypeFacts>();

  /**
   * @param type the value of `Content-Type`
   * @param first the beginning of the content
   */
  of(type: string | undefined, first: Buffer): ContentKind {
    const { asText, isBinary } = this.facts(type ?? '');
    if (isBinary) return OPAQUE;
    const wide = byteOrderMark(first) ?? asText.wide;
    if (wide) return wide === asText.wide ? asText : { ...asText, wide };
    // Names and values in messages of other formats look like those of texts; names alone say little.
    if (hasZero(first)) return BINARY_DATA;
    return asText.text === 'data' && isSourceMap(first) ? { ...asText, text: 'code' } : asText;
  }

  /** Whether the content is messages of gRPC or Protobuf. */
  isCall(type: string): boolean {
    return this.facts(type).isCall;
  }

  private facts(type: string): TypeFacts {
    const known = this.known.get(type);
    if (known) return known;
    const facts = factsOf(type);
    if (this.known.size >= MOST_TYPES) this.known.clear();
    this.known.set(type, facts);
    return facts;
  }
}

const OPAQUE: ContentKind = { text: 'binary', isForm: false, wide: undefined, isOpaque: true };
const BINARY_DATA: ContentKind = { ...OPAQUE, text: 'data' };

function factsOf(type: string): TypeFacts {
  const essence = essenceOf(type);
  const isForm = essence === 'application/x-www-form-urlencoded';
  let text: TextKind = 'data';
  if (CODE.test(essence)) text = 'code';
  else if (MARKUP.test(essence)) text = 'markup';
  const asText = { text, isForm: isForm && text === 'data', wide: wideCharset(type), isOpaque: false };
  return { asText, isBinary: BINARY.test(essence), isCall: isCallType(type) };
}

function isCallType(type: string): boolean {
  const rpc = rpcOfType(type);
  return rpc?.framed === true || rpc?.codec === 'proto' || isProtobuf(type);
}

function hasZero(bytes: Buffer): boolean {
  return bytes.length <= 4 * SAMPLE ? inSample(bytes.indexOf(0)) : bytes.subarray(0, SAMPLE).includes(0);
}

/** A source map (ECMA-426) is JSON that holds code. */
function isSourceMap(first: Buffer): boolean {
  return first[2] === 118 && first.subarray(0, SOURCE_MAP.length).equals(SOURCE_MAP);
}

const SOURCE_MAP = Buffer.from('{"version":3,');

function inSample(offset: number): boolean {
  return offset >= 0 && offset < SAMPLE;
}

function byteOrderMark(first: Buffer): ContentKind['wide'] {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  return first[0] === 0xfe && first[1] === 0xff ? 'utf-16be' : undefined;
}

function wideCharset(type: string): ContentKind['wide'] {
  const charset = parameterOf(type, 'charset')?.toLowerCase() ?? '';
  if (/^utf-?16be$/.test(charset)) return 'utf-16be';
  return /^utf-?16(?:le)?$/.test(charset) ? 'utf-16le' : undefined;
}
