import { rpcOfType } from '../../flow/rpc/call.js';
import { charsetOf, wideEncoding } from '../../flow/text/charset.js';
import { essenceOf } from '../../flow/text/parameters.js';
import { isProtobuf } from '../../protobuf/media-types.js';
import type { TextKind } from '../text/scan.js';

/** The method by which content is searched. */
export interface ContentKind {
  readonly text: TextKind;
  /** Whether the content is a single form, whose names are decoded. */
  readonly isForm: boolean;
  /** A charset of two bytes per character. Such content is converted to UTF-8 for the search. */
  readonly wide: 'utf-16le' | 'utf-16be' | undefined;
  /** Whether the content is binary. Replacements in it are as long as the secrets. */
  readonly isOpaque: boolean;
}

const CODE = /^(?:text|application)\/(?:x-)?(?:javascript|ecmascript|typescript|css|x-typescript)$/;
const MARKUP = /^(?:text\/html|application\/xhtml\+xml)$/;
const BINARY =
  /^(?:image\/(?!svg)|video\/|audio\/|font\/|application\/(?:zip|gzip|x-gzip|zstd|x-7z|x-rar|x-bzip|x-xz|java-archive|pdf|wasm|vnd\.openxmlformats|font|x-font|x-protobuf|protobuf|grpc|vnd\.apache\.(?:avro|thrift)))/;

/** Length of the prefix in which a zero byte marks content as binary. */
const SAMPLE = 1024;
/** Maximum number of cached media types. They come from the traffic. */
const MAX_TYPES = 256;

/** The properties of a media type. */
interface TypeFacts {
  readonly asText: ContentKind;
  readonly isBinary: boolean;
  readonly isCall: boolean;
}

/** Determines the kind of content from its media type and its first bytes. */
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
    // Unlike images, messages in a binary format may contain names and values as plain text, so they are searched by name too.
    if (hasZero(first)) return BINARY_DATA;
    return asText.text === 'data' && isSourceMap(first) ? { ...asText, text: 'code' } : asText;
  }

  /** Whether the content consists of gRPC or Protobuf messages. */
  isCall(type: string): boolean {
    return this.facts(type).isCall;
  }

  private facts(type: string): TypeFacts {
    const known = this.known.get(type);
    if (known) return known;
    const facts = factsOf(type);
    if (this.known.size >= MAX_TYPES) this.known.clear();
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
  const asText = {
    text,
    isForm: isForm && text === 'data',
    wide: wideEncoding(charsetOf(type) ?? 'utf-8'),
    isOpaque: false,
  };
  return { asText, isBinary: BINARY.test(essence), isCall: isCallType(type) };
}

function isCallType(type: string): boolean {
  const rpc = rpcOfType(type);
  return rpc?.framed === true || rpc?.codec === 'proto' || isProtobuf(type);
}

function hasZero(bytes: Buffer): boolean {
  return bytes.length <= 4 * SAMPLE ? inSample(bytes.indexOf(0)) : bytes.subarray(0, SAMPLE).includes(0);
}

/** Whether the content is a source map (ECMA-426): JSON that contains source code. */
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
