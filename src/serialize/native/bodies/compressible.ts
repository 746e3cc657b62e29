import type { Flow } from '../../../flow/flow.js';
import type { Headers } from '../../../flow/http/headers.js';

/** Shorter bodies gain nothing. */
const TINY = 128;
/** Media types whose content is already compressed. */
const COMPRESSED_TYPE =
  /^(?:image\/(?!svg|bmp|x-ms-bmp|x-icon|vnd\.microsoft\.icon)|video\/|audio\/(?!wav|x-wav|midi)|font\/woff|application\/(?:font-woff|x-font-woff|zip|gzip|x-gzip|zstd|x-7z|x-rar|vnd\.rar|x-bzip|x-xz|java-archive|vnd\.openxmlformats))/i;

/** Whether compressing a body may pay off, judged by the head of its message. */
export function isCompressible(flow: Flow, kind: string, size: number): boolean {
  if (size < TINY) return false;
  if (flow.type !== 'http') return true;
  if (kind === 'request') return mayShrink(flow.request.headers);
  return kind !== 'response' || !flow.response || mayShrink(flow.response.headers);
}

function mayShrink(headers: Headers): boolean {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase();
  if (encoding && encoding !== 'identity') return false;
  return !COMPRESSED_TYPE.test(headers.get('content-type')?.trim() ?? '');
}
