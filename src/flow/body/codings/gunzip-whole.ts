import { zlib } from '../../runtime.js';
import { type Decoded, type DecodeOptions, decodeWhole } from './decode-whole.js';
import { beginsMember, headerLength, MAX_MEMBERS, TRAILER } from './member-header.js';

/**
 * Undoes gzip (RFC 1952). Bytes after the last member are ignored, as browsers do; zlib takes them for a damaged member.
 * @throws the error of zlib
 */
export function gunzipWhole(bytes: Buffer, options: DecodeOptions): Decoded {
  try {
    return decodeWhole(zlib.gunzipSync, bytes, options);
  } catch (error) {
    const end = String((error as NodeJS.ErrnoException).code).startsWith('Z_')
      ? endOfMembers(bytes, options)
      : undefined;
    if (end === undefined) throw error;
    return decodeWhole(zlib.gunzipSync, bytes.subarray(0, end), options);
  }
}

/** @returns the offset behind the last member; undefined if nothing follows it, or a member is damaged or cut off */
function endOfMembers(bytes: Buffer, { maxOutputLength }: DecodeOptions): number | undefined {
  let at = 0;
  try {
    for (let members = 0; members === 0 || beginsMember(bytes.subarray(at)); members++) {
      if (members === MAX_MEMBERS) return undefined;
      const start = headerLength(bytes.subarray(at));
      if (start === undefined) break;
      const { taken } = decodeWhole(zlib.inflateRawSync, bytes.subarray(at + start), { maxOutputLength });
      at += start + taken + TRAILER;
    }
  } catch {
    return undefined;
  }
  return at > 0 && at < bytes.length ? at : undefined;
}
