import { typedObjectAt } from '../text/objects.js';
import type { Scan } from '../text/scan.js';
import { PROTOCOLS } from './protocols.js';
import type { Shape } from './shape.js';
import { VENDOR_TOKENS } from './vendor-tokens.js';

export const SHAPES: readonly Shape[] = [
  {
    name: 'jwt',
    literals: ['eyJ'],
    pattern: /eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*(?:\.[\w-]*){0,2}/y,
    binary: true,
    // The readable form of a redacted JWT is followed by its placeholder.
    test: (secret) => !/^eyJ[\w-]+\.eyJ[\w-]+\.$/.test(secret),
  },
  // The beginnings of `{ "`, `{` and a line end, and `[{"` in Base64; that of `{"` is also that of a JWT.
  { name: 'base64-json', literals: ['eyAi', 'ewog', 'ewoJ', 'ewkJ', 'W3si'], pattern: /(?!)/y },
  {
    name: 'private-key',
    literals: ['-----BEGIN'],
    pattern: /-----BEGIN(?:[A-Z0-9 +]|%20){0,40}PRIVATE(?: |\+|%20)KEY(?:(?: |\+|%20)BLOCK)?-----/y,
    extend: endOfPrivateKey,
    binary: true,
  },
  {
    name: 'private-key',
    literals: ['---- BEGIN SSH2 ENC'],
    pattern: /---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----/y,
    extend: endOfPrivateKey,
  },
  // `-----BEGIN ` in Base64, as in the files of kubectl.
  {
    name: 'private-key',
    literals: ['LS0tLS1CRUdJTi'],
    // The label of the key is in the first bytes: a pattern of any length would try each beginning in a long run to its end.
    pattern: /LS0tLS1CRUdJTi(?:[\w+/-]|\\\/){40,86}/y,
    test: (secret) => Buffer.from(secret.slice(0, 100), 'base64').includes('PRIVATE KEY'),
    extend: endOfEncodedKey,
  },
  {
    name: 'private-key',
    literals: ['private-lines: '],
    pattern: /private-lines: \d{1,5}(?:\s|\\[rn])/iy,
    extend: endOfBase64,
  },
  { name: 'jwk', literals: ['"kty'], pattern: /"kty\\*"\s{0,20}:/y, object: 'jwk' },
  {
    name: 'kubernetes-secret',
    literals: ['kind":"Secret', 'kind": "Secret', 'kind\\":\\"Secret'],
    pattern: /kind\\*": ?\\*"Secret(?:List)?\\*"/y,
    object: 'kubernetes-secret',
  },
  {
    name: 'telegram-token',
    literals: [':AA'],
    pattern: /:(AA[\w-]{32,35})(?![\w-])/y,
    test: (secret) => /\d/.test(secret),
  },
  {
    name: 'aws-key',
    literals: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    pattern: /A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])/y,
    boundary: true,
    binary: true,
  },
  {
    name: 'github-token',
    literals: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
    pattern: /gh[pousr]_[A-Za-z0-9]{30,255}/y,
    boundary: true,
    binary: true,
  },
  { name: 'github-token', literals: ['github_pat_'], pattern: /github_pat_\w{22,255}/y, boundary: true, binary: true },
  { name: 'google-key', literals: ['AIza'], pattern: /AIza[\w-]{35}/y, boundary: true, binary: true },
  { name: 'google-token', literals: ['ya29.'], pattern: /ya29\.[\w-]{20,}/y, boundary: true, binary: true },
  {
    name: 'slack-token',
    literals: ['xoxa', 'xoxb', 'xoxc', 'xoxd', 'xoxe', 'xoxo', 'xoxp', 'xoxr', 'xoxs', 'xapp-'],
    pattern: /(?:xox[a-eoprs](?:\.xox[bp])?-[\w%-]{10,}|xapp-\d-[\w-]{10,})/y,
    boundary: true,
    binary: true,
  },
  {
    name: 'slack-webhook',
    literals: ['hooks.slack.com'],
    pattern: /hooks\.slack\.com\\?\/(?:services|workflows|triggers)\\?\/([\w/\\-]+)/y,
    test: (secret) => secret.length >= 16,
  },
  {
    name: 'slack-webhook',
    literals: ['/services/T'],
    pattern: /\/services\/(T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{20,})/y,
  },
  {
    name: 'discord-webhook',
    literals: ['/webhooks/'],
    pattern: /\/webhooks\/\d{15,20}\/([\w-]{60,})/y,
  },
  {
    name: 'stripe-key',
    literals: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'],
    pattern: /[sr]k_(?:live|test)_[A-Za-z0-9]{10,}/y,
    boundary: true,
    binary: true,
  },
  { name: 'stripe-secret', literals: ['whsec_'], pattern: /whsec_[\w+/=-]{16,}/y, boundary: true, binary: true },
  {
    name: 'api-key',
    literals: ['sk-'],
    pattern: /sk-[\w-]{20,}/y,
    boundary: true,
    test: (secret) => /\d/.test(secret) && /[A-Z]/.test(secret),
  },
  {
    name: 'shopify-token',
    literals: ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    pattern: /shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}/y,
    boundary: true,
    binary: true,
  },
  ...VENDOR_TOKENS,
  ...PROTOCOLS,
  {
    name: 'basic',
    literals: ['basic ', 'basic%20', 'basic+'],
    pattern: /basic(?: {1,4}|\+|%20)([A-Za-z0-9+/_-]{4,}(?:={0,2}|(?:%3d){0,2}))/iy,
    test: isBasicCredentials,
  },
  {
    name: 'bearer',
    literals: ['bearer '],
    pattern: /bearer {1,4}([\w.~+/-]{12,}={0,2})/iy,
    binary: true,
    test: (secret) => /\d/.test(secret),
  },
  {
    name: 'bearer',
    literals: ['bearer%20', 'bearer+'],
    pattern: /bearer(?:\+|%20)([\w.~+/-]{12,}={0,2})/iy,
    test: (secret) => /\d/.test(secret),
  },
  {
    name: 'userinfo',
    literals: ['://'],
    pattern: /:\/\/([^\s\0-\x1f/?#"'<>\\,|{}^`]{1,256})(?=@[\w[%])/y,
    binary: true,
    test: isCredential,
  },
  {
    name: 'userinfo',
    literals: [':\\/\\/'],
    pattern: /:\\\/\\\/([^\s/?#"'<>\\,|{}^`]{1,256})(?=@[\w[%])/y,
    test: isCredential,
  },
  {
    name: 'userinfo',
    literals: ['%3a%2f%2f'],
    pattern: /%3a%2f%2f((?:[\w.~!$'()*+;=-]|%(?!2f|3f|23|40|20|22|0a|0d)[0-9a-f]{2}){1,256})(?=%40)/iy,
    test: isCredential,
  },
];

/** Maximum length of a private key. */
const KEY_LENGTH = 64 * 1024;

/** The end of the last line of a key. If that line is missing, the end of the Base64 text. */
function endOfPrivateKey(text: string, from: number): number {
  const rest = text.slice(from, from + KEY_LENGTH);
  const end = /-----(?:END[A-Z0-9 +%]{0,60}-----|BEGIN)/.exec(rest);
  if (end?.[0].startsWith('-----END')) return from + end.index + end[0].length;
  const fields = /^(?:(?:\s|\\[rn]){0,8}[A-Z][A-Za-z-]{1,40}: [^\r\n\\]{1,200}){0,8}/.exec(rest)![0].length;
  return endOfBase64(text, from + fields);
}

function endOfBase64(text: string, from: number): number {
  return from + /^[\w+/=\s\\]*/.exec(text.slice(from, from + KEY_LENGTH))![0].length;
}

/** Whether Base64 is that of a user name and a password (RFC 7617). */
function isBasicCredentials(secret: string): boolean {
  const text = Buffer.from(secret.replace(/%3d/gi, '='), 'base64').toString();
  return text.includes(':') && !/[\0-\x1f\x7f\ufffd]/.test(text);
}

/** `git@` in the URL of a repository is not a credential. */
function isCredential(userinfo: string): boolean {
  return userinfo !== 'git' && userinfo !== 'git:';
}

/** Redacts a shape if it matches at an offset. */
export function shapeAt(scan: Scan, shape: Shape, start: number): void {
  const { text } = scan;
  const { pattern, boundary, test, extend, name, object } = shape;
  if (name === 'base64-json') return base64JsonAt(scan, start);
  if (boundary && isWord(text.charCodeAt(start - 1)) && !isEscape(text, start)) return;
  if (name === 'jwt' && start < scan.failedRun) return;
  pattern.lastIndex = start;
  const found = pattern.exec(text);
  if (!found) {
    if (name !== 'jwt') return;
    // Later attempts in the same run of characters would fail for the same reason.
    scan.failedRun = endOfRun(text, start);
    base64JsonAt(scan, start);
    return;
  }
  if (object) return typedObjectAt(scan, object, start);
  const [whole, group] = found;
  if (whole.startsWith('[redacted:', whole.length - (group ?? whole).length)) return;
  if (test && !test(group ?? whole) && !scan.isExhausted(whole.length)) return;
  const secret = group ?? (extend ? text.slice(start, extend(text, start + whole.length)) : whole);
  // A group is at the end of its match.
  const begin = group === undefined ? start : start + whole.length - group.length;
  // This is the readable part of a redacted JWT.
  if (text.startsWith('[redacted:', begin + secret.length)) return;
  scan.put(start, begin, begin + secret.length, scan.replace(secret, name));
}

const BASE64 = /[\w+/-]{16,}(?:={1,2}|(?:%3d){1,2})?/iy;
/** Maximum length of a run that is decoded; a longer one may extend over two windows of a stream. */
const LONGEST_BASE64 = 16 * 1024;

/** Redacts JSON that is encoded in Base64 (RFC 4648). It is decoded, searched and encoded again. */
function base64JsonAt(scan: Scan, start: number): void {
  const { text } = scan;
  if (scan.kind === 'binary' || scan.kind === 'code' || start < scan.decodedRun) return;
  BASE64.lastIndex = start;
  const run = BASE64.exec(text)?.[0];
  if (run === undefined) return;
  scan.decodedRun = start + run.length;
  if (run.length > LONGEST_BASE64 || isWord(text.charCodeAt(start - 1))) return;
  const decoded = Buffer.from(run.replace(/%3d/gi, ''), 'base64').toString('latin1');
  const redacted = scan.redactPart(decoded);
  if (redacted === undefined) return;
  const isUrl = /[-_]/.test(run) || !/[+/=%]/.test(run);
  const encoded = Buffer.from(redacted, 'latin1').toString(isUrl ? 'base64url' : 'base64');
  scan.put(start, start, start + run.length, run.includes('%') ? encoded.replaceAll('=', '%3D') : encoded);
}

function endOfEncodedKey(text: string, start: number): number {
  ENCODED_KEY.lastIndex = start;
  return start + ENCODED_KEY.exec(text)![0].length;
}

const ENCODED_KEY = /(?:[\w+/-]|\\\/)*={0,2}/y;

function endOfRun(text: string, start: number): number {
  RUN.lastIndex = start;
  return start + RUN.exec(text)![0].length;
}

const RUN = /[\w-]*/y;

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
}

/** Whether an escape ends before an offset: `%20`, `\n`, or `\u0020`. */
function isEscape(text: string, at: number): boolean {
  return /(?:%[0-9a-f]{2}|\\[bfnrt]|\\u[0-9a-f]{4})$/i.test(text.slice(Math.max(0, at - 6), at));
}
