import type { Headers } from '../../../flow/http/headers.js';
import { percentDecode } from '../../../flow/text/percent.js';
import { fromWire } from '../../../flow/text/wire-text.js';
import { versionKeys } from '../paths.js';
import type { ValueExtractor } from './value-extractor.js';

/** Header fields with values that requests do not repeat. */
const SKIPPED = new Set(
  (
    'accept-ranges age allow alt-svc cache-control clear-site-data connection content-disposition content-encoding ' +
    'content-language content-length content-range content-security-policy content-security-policy-report-only content-type ' +
    'cross-origin-embedder-policy cross-origin-opener-policy cross-origin-resource-policy date expires keep-alive nel ' +
    'permissions-policy pragma proxy-authenticate referrer-policy report-to reporting-endpoints retry-after server ' +
    'server-timing strict-transport-security te trailer transfer-encoding upgrade vary via warning x-content-type-options ' +
    'x-frame-options x-powered-by x-runtime x-xss-protection'
  ).split(' '),
);

/**
 * Extracts values of header fields: cookies, the URLs of redirects and links, and the whole values of other fields.
 * @param path of the request
 */
export function extractFromHeaders(headers: Headers, path: string, extractor: ValueExtractor): void {
  const counts = new Map<string, number>();
  for (const [field, raw] of headers) {
    const name = field.toLowerCase();
    if (SKIPPED.has(name) || name.startsWith(':') || name.startsWith('access-control-')) continue;
    const value = fromWire(raw);
    const index = counts.get(name) ?? 0;
    counts.set(name, index + 1);
    const place = () => `header ${name}${index === 0 ? '' : ` ${index + 1}`}`;
    if (name === 'set-cookie') extractFromCookie(raw, counts, extractor);
    else if (name === 'location' || name === 'content-location') extractor.url(value, place);
    else if (name === 'link') extractFromLinks(value, place, extractor);
    else if (name === 'refresh') extractFromRefresh(value, place, extractor);
    else {
      const keys = name === 'etag' ? versionKeys('etag', path) : [`header:${name}`];
      extractor.value(value, { name, keys, isToken: true, place });
    }
  }
}

function extractFromCookie(line: string, counts: Map<string, number>, extractor: ValueExtractor): void {
  const semicolon = line.indexOf(';');
  const pair = semicolon < 0 ? line : line.slice(0, semicolon);
  const equals = pair.indexOf('=');
  if (equals < 0) return;
  const name = fromWire(pair.slice(0, equals).trim());
  const raw = pair.slice(equals + 1).trim();
  const counter = `cookie ${name}`;
  const index = counts.get(counter) ?? 0;
  counts.set(counter, index + 1);
  const place = () => `${counter}${index === 0 ? '' : ` ${index + 1}`}`;
  const keys = [`cookie:${name}`];
  extractor.value(fromWire(raw), { name, keys, isToken: true, place });
  const inner = raw.length > 2 && raw.startsWith('"') && raw.endsWith('"') ? raw.slice(1, -1) : raw;
  const decoded = percentDecode(inner);
  // A script that sends a cookie in a header decodes it first.
  if (decoded !== raw) extractor.value(decoded, { name, keys, isToken: true, place: () => `${place()} decoded` });
}

/** Extracts the URLs of `Link`: `<URL>; rel="next", …` (RFC 8288 section 3). */
function extractFromLinks(value: string, place: () => string, extractor: ValueExtractor): void {
  let count = 0;
  for (let at = value.indexOf('<'); at >= 0; at = value.indexOf('<', at)) {
    const end = value.indexOf('>', at);
    if (end < 0) return;
    const next = value.indexOf('<', end);
    const relation = /\brel="?([\w.-]{1,64})/i.exec(
      value.slice(end, Math.min(next < 0 ? value.length : next, end + 512)),
    );
    const label = relation?.[1] ?? String(count);
    extractor.url(value.slice(at + 1, end), () => `${place()} ${label}`);
    count++;
    at = end;
  }
}

/** Extracts the URL of `Refresh`: `0; url=/next`. */
export function extractFromRefresh(value: string, place: () => string, extractor: ValueExtractor): void {
  const at = value.toLowerCase().indexOf('url=');
  if (at >= 0)
    extractor.url(
      value
        .slice(at + 4)
        .trim()
        .replace(/^['"]|['"]$/g, ''),
      place,
    );
}
