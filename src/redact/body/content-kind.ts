import { essenceOf, parameterOf } from '../../flow/text/parameters.js';
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

/**
 * How to search content.
 * @param type the value of `Content-Type`
 * @param first the beginning of the content
 */
export function contentKind(type: string | undefined, first: Buffer): ContentKind {
  const essence = essenceOf(type);
  const wide = wideCharset(type, first);
  const isForm = essence === 'application/x-www-form-urlencoded';
  if (BINARY.test(essence)) return { text: 'binary', isForm: false, wide: undefined, isOpaque: true };
  if (!wide && first.subarray(0, SAMPLE).includes(0)) {
    // Names and values in messages of other formats look like those of texts; names alone say little.
    return { text: 'data', isForm: false, wide, isOpaque: true };
  }
  if (CODE.test(essence)) return { text: 'code', isForm: false, wide, isOpaque: false };
  return { text: MARKUP.test(essence) ? 'markup' : 'data', isForm, wide, isOpaque: false };
}

function wideCharset(type: string | undefined, first: Buffer): ContentKind['wide'] {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be';
  const charset = parameterOf(type ?? '', 'charset')?.toLowerCase() ?? '';
  if (/^utf-?16be$/.test(charset)) return 'utf-16be';
  return /^utf-?16(?:le)?$/.test(charset) ? 'utf-16le' : undefined;
}
