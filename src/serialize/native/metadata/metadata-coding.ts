import { type Compression, codecOf } from '../../compression/codec.js';
import { FieldError } from '../../shared/field-error.js';
import { FLAG_GZIP, FLAG_ZSTD, METADATA_LIMIT } from '../record/record.js';

/** The compression of a record's metadata, by its flags. @throws FieldError if both are set */
export function metadataCoding(flags: number): Compression | undefined {
  switch (flags & (FLAG_GZIP | FLAG_ZSTD)) {
    case 0:
      return undefined;
    case FLAG_GZIP:
      return 'gzip';
    case FLAG_ZSTD:
      return 'zstd';
    default:
      throw new FieldError('flags', 'one compression');
  }
}

/** The flag of a compression. */
export function metadataFlag(coding: Compression): number {
  return coding === 'gzip' ? FLAG_GZIP : FLAG_ZSTD;
}

/** @throws FieldError if it is damaged or too long, CompressionMissingError */
export function unpackMetadata(bytes: Buffer, coding: Compression): Buffer {
  const codec = codecOf(coding);
  try {
    return codec.decompress(bytes, METADATA_LIMIT);
  } catch {
    throw new FieldError('metadata', `valid ${coding} data of at most ${METADATA_LIMIT} bytes`);
  }
}
