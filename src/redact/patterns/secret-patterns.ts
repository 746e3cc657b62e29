import { PROTOCOLS } from './protocols.js';
import type { SecretPattern } from './secret-pattern.js';
import { VENDOR_TOKENS } from './vendor-tokens.js';

export const SECRET_PATTERNS: readonly SecretPattern[] = [
  {
    name: 'jwt',
    literals: ['eyJ'],
    regex: /eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*(?:\.[\w-]*){0,2}/y,
    binary: true,
    // The readable form of a redacted JWT is followed by its placeholder.
    test: (secret) => !/^eyJ[\w-]+\.eyJ[\w-]+\.$/.test(secret),
  },
  // The beginnings of `{ "`, `{` and a line end, and `[{"` in Base64; that of `{"` is also that of a JWT.
  { name: 'base64-json', literals: ['eyAi', 'ewog', 'ewoJ', 'ewkJ', 'W3si'], regex: /(?!)/y },
  {
    name: 'private-key',
    literals: ['-----BEGIN'],
    regex: /-----BEGIN(?:[A-Z0-9 +]|%20){0,40}PRIVATE(?: |\+|%20)KEY(?:(?: |\+|%20)BLOCK)?-----/y,
    extend: endOfPrivateKey,
    binary: true,
  },
  {
    name: 'private-key',
    literals: ['---- BEGIN SSH2 ENC'],
    regex: /---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----/y,
    extend: endOfPrivateKey,
  },
  // `-----BEGIN ` in Base64, as in the files of kubectl.
  {
    name: 'private-key',
    literals: ['LS0tLS1CRUdJTi'],
    // The label of the key is in the first bytes: a pattern of any length would try each beginning in a long run to its end.
    regex: /LS0tLS1CRUdJTi(?:[\w+/-]|\\\/){40,86}/y,
    test: (secret) => Buffer.from(secret.slice(0, 100), 'base64').includes('PRIVATE KEY'),
    extend: endOfEncodedKey,
  },
  {
    name: 'private-key',
    literals: ['private-lines: '],
    regex: /private-lines: \d{1,5}(?:\s|\\[rn])/iy,
    extend: endOfBase64,
  },
  { name: 'jwk', literals: ['"kty'], regex: /"kty\\*"\s{0,20}:/y, object: 'jwk' },
  {
    name: 'kubernetes-secret',
    literals: ['kind":"Secret', 'kind": "Secret', 'kind\\":\\"Secret'],
    regex: /kind\\*": ?\\*"Secret(?:List)?\\*"/y,
    object: 'kubernetes-secret',
  },
  {
    name: 'telegram-token',
    literals: [':AA'],
    regex: /:(AA[\w-]{32,35})(?![\w-])/y,
    test: (secret) => /\d/.test(secret),
  },
  {
    name: 'aws-key',
    literals: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    regex: /A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])/y,
    boundary: true,
    binary: true,
  },
  {
    name: 'github-token',
    literals: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
    regex: /gh[pousr]_[A-Za-z0-9]{30,255}/y,
    boundary: true,
    binary: true,
  },
  { name: 'github-token', literals: ['github_pat_'], regex: /github_pat_\w{22,255}/y, boundary: true, binary: true },
  { name: 'google-key', literals: ['AIza'], regex: /AIza[\w-]{35}/y, boundary: true, binary: true },
  { name: 'google-token', literals: ['ya29.'], regex: /ya29\.[\w-]{20,}/y, boundary: true, binary: true },
  {
    name: 'slack-token',
    literals: ['xoxa', 'xoxb', 'xoxc', 'xoxd', 'xoxe', 'xoxo', 'xoxp', 'xoxr', 'xoxs', 'xapp-'],
    regex: /(?:xox[a-eoprs](?:\.xox[bp])?-[\w%-]{10,}|xapp-\d-[\w-]{10,})/y,
    boundary: true,
    binary: true,
  },
  {
    name: 'slack-webhook',
    literals: ['hooks.slack.com'],
    regex: /hooks\.slack\.com\\?\/(?:services|workflows|triggers)\\?\/([\w/\\-]+)/y,
    test: (secret) => secret.length >= 16,
  },
  {
    name: 'slack-webhook',
    literals: ['/services/T'],
    regex: /\/services\/(T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{20,})/y,
  },
  {
    name: 'discord-webhook',
    literals: ['/webhooks/'],
    regex: /\/webhooks\/\d{15,20}\/([\w-]{60,})/y,
  },
  {
    name: 'stripe-key',
    literals: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'],
    regex: /[sr]k_(?:live|test)_[A-Za-z0-9]{10,}/y,
    boundary: true,
    binary: true,
  },
  { name: 'stripe-secret', literals: ['whsec_'], regex: /whsec_[\w+/=-]{16,}/y, boundary: true, binary: true },
  {
    name: 'api-key',
    literals: ['sk-'],
    regex: /sk-[\w-]{20,}/y,
    boundary: true,
    test: (secret) => /\d/.test(secret) && /[A-Z]/.test(secret),
  },
  {
    name: 'shopify-token',
    literals: ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    regex: /shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}/y,
    boundary: true,
    binary: true,
  },
  ...VENDOR_TOKENS,
  ...PROTOCOLS,
  {
    name: 'basic',
    literals: ['basic ', 'basic%20', 'basic+'],
    regex: /basic(?: {1,4}|\+|%20)([A-Za-z0-9+/_-]{4,}(?:={0,2}|(?:%3d){0,2}))/iy,
    test: isBasicCredentials,
  },
  {
    name: 'bearer',
    literals: ['bearer '],
    regex: /bearer {1,4}([\w.~+/-]{12,}={0,2})/iy,
    binary: true,
    test: (secret) => /\d/.test(secret),
  },
  {
    name: 'bearer',
    literals: ['bearer%20', 'bearer+'],
    regex: /bearer(?:\+|%20)([\w.~+/-]{12,}={0,2})/iy,
    test: (secret) => /\d/.test(secret),
  },
  {
    name: 'userinfo',
    literals: ['://'],
    regex: /:\/\/([^\s\0-\x1f/?#"'<>\\,|{}^`]{1,256})(?=@[\w[%])/y,
    binary: true,
    test: isCredential,
  },
  {
    name: 'userinfo',
    literals: [':\\/\\/'],
    regex: /:\\\/\\\/([^\s/?#"'<>\\,|{}^`]{1,256})(?=@[\w[%])/y,
    test: isCredential,
  },
  {
    name: 'userinfo',
    literals: ['%3a%2f%2f'],
    regex: /%3a%2f%2f((?:[\w.~!$'()*+;=-]|%(?!2f|3f|23|40|20|22|0a|0d)[0-9a-f]{2}){1,256})(?=%40)/iy,
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

function endOfEncodedKey(text: string, start: number): number {
  ENCODED_KEY.lastIndex = start;
  return start + ENCODED_KEY.exec(text)![0].length;
}

const ENCODED_KEY = /(?:[\w+/-]|\\\/)*={0,2}/y;
