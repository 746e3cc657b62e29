import { wordsOf } from './words.js';

/** How the value of a name that stands for a secret is treated. */
export interface NameRule {
  /**
   * `any`: every value but a trivial one. `opaque`: only a value that looks like a credential, because such names are
   * also used for other things. `code`: an authorization code, if `state`, `client_id` or `grant_type` stands beside it.
   */
  readonly values: 'any' | 'opaque' | 'code';
  /** How the value is built: `Bearer xyz`, `a=1; b=2`, `a=1; Path=/`. */
  readonly form: 'plain' | 'credentials' | 'cookies' | 'set-cookie';
  /** Whether numbers are secrets as well. */
  readonly numbers: boolean;
  /** Whether the rule holds only in queries, forms and multipart bodies. */
  readonly pairsOnly: boolean;
}

const ANY: NameRule = { values: 'any', form: 'plain', numbers: true, pairsOnly: false };
const TEXT: NameRule = { ...ANY, numbers: false };
const OPAQUE: NameRule = { ...TEXT, values: 'opaque' };
const PAIRS: NameRule = { ...OPAQUE, pairsOnly: true };
const CODE: NameRule = { ...TEXT, values: 'code' };
const CREDENTIALS: NameRule = { ...TEXT, form: 'credentials' };
const COOKIES: NameRule = { ...TEXT, form: 'cookies' };
const SET_COOKIE: NameRule = { ...TEXT, form: 'set-cookie' };

/** Whole names, as words joined by a space. */
const WHOLE: ReadonlyMap<string, NameRule> = new Map([
  ['authorization', CREDENTIALS],
  ['proxy authorization', CREDENTIALS],
  ['cookie', COOKIES],
  ['cookies', COOKIES],
  ['set cookie', SET_COOKIE],
  ['set cookies', SET_COOKIE],
  ...['x cookie', 'x original cookie', 'x forwarded cookie', 'original cookie', 'http cookie', 'cookie header'].map(
    (name): [string, NameRule] => [name, COOKIES],
  ),
  ...['authentication info', 'proxy authentication info', 'x auth', 'x sentry auth'].map((name): [string, NameRule] => [
    name,
    TEXT,
  ]),
  ['code', CODE],
  ['key', OPAQUE],
  ['auth', OPAQUE],
  ['client assertion', ANY],
  ['saml response', ANY],
  ['saml request', ANY],
  ['samlresponse', ANY],
  ['samlrequest', ANY],
  ['code verifier', ANY],
  ['sig', PAIRS],
  ['signature', PAIRS],
  ['x amz signature', ANY],
  ['x goog signature', ANY],
  ['hmac', PAIRS],
  ...['phpsessid', 'jsessionid', 'sessionid', 'session id', 'x session id', 'session', 'sid'].map(
    (name): [string, NameRule] => [name, PAIRS],
  ),
  ['csrf', OPAQUE],
  ['xsrf', OPAQUE],
  ['seed phrase', ANY],
  ['recovery phrase', ANY],
  // Client certificates that a proxy forwards (RFC 9440 and its predecessors).
  ['client cert', TEXT],
  ['client cert chain', TEXT],
  ['x client cert', TEXT],
  ['x forwarded client cert', TEXT],
  ['x ssl client cert', TEXT],
  ['ssl client cert', TEXT],
]);

/** Last words of names, whatever stands before them. */
const LAST: ReadonlyMap<string, NameRule> = new Map([
  ...['password', 'passwd', 'passwort', 'pwd', 'passphrase', 'passcode'].map((word) => [word, ANY] as const),
  ...['secret', 'otp', 'totp', 'token', 'jwt'].map((word) => [word, ANY] as const),
  ...['pass', 'passwords', 'secrets', 'credential', 'credentials', 'bearer', 'apikey'].map(
    (word) => [word, TEXT] as const,
  ),
  ['authorization', CREDENTIALS],
  ...['tokens', 'auth', 'cookie'].map((word) => [word, OPAQUE] as const),
  ['apikeys', OPAQUE],
]);

/** Ends of last words that are written without a separator, such as `accesstoken`. */
const GLUED: readonly (readonly [string, NameRule])[] = [
  ['password', ANY],
  ['passwd', ANY],
  ['passphrase', ANY],
  ['secret', ANY],
  ['token', ANY],
  ['apikey', TEXT],
  ['secretkey', TEXT],
  ['accesskey', TEXT],
  ['accesskeyid', TEXT],
  ['privatekey', TEXT],
  ['sharedkey', TEXT],
];

/** Words before `token` that make it the cursor of a list, which gives access to nothing. */
const CURSORS = new Set('page next continuation pagination sync cursor scroll resume start marker'.split(' '));
/** Words before `token` that make it an object of a program. */
const OBJECTS = new Set(['cancel', 'cancellation']);
/** Words before `pass` that make it a round, or a ticket. */
const PASSES = new Set('first second third last single one two multi multiple boarding season day by'.split(' '));

/** Words before `key` that make it a credential. */
const STRONG_KEYS = new Set(
  'api access secret private auth authentication authorization encryption decryption signing sign master account consumer ssh pgp gpg rsa ssl tls shared preshared psk subscription functions deploy security hmac aes jwt token wallet recovery admin root'.split(
    ' ',
  ),
);
/** Words before `key` that often do. */
const WEAK_KEYS = new Set(
  'client app application session storage webhook server service license licence user developer dev integration write read ingest maps activation registration'.split(
    ' ',
  ),
);
/** Words before `code` that make it a credential. */
const CODES = new Set(
  'auth authorization authentication device user verification mfa recovery backup security'.split(' '),
);

/** Last words that say nothing about what the value is. */
const SUFFIXES = new Set(
  'value hash confirmation confirm again repeat new old current plain plaintext raw text string encrypted enc base64 b64 hex'.split(
    ' ',
  ),
);

/** Longer names are text. */
export const LONGEST_NAME = 100;
/** Names repeat, and are looked up often. */
const MOST_NAMES = 4096;

/** Slots for names that were looked up as bytes; a power of two. */
const SLOTS = 1024;

/** A name, and the rule if it stands for a secret. */
export interface KnownName {
  /** Each character is one byte. */
  readonly name: string;
  readonly rule: NameRule | undefined;
}

/** Decides by name whether a value is a secret: by words, so that `tokenizer`, `monkey` and `author` are none. */
export class SecretNames {
  private readonly known = new Map<string, NameRule | null>();
  private readonly slots: (KnownName | undefined)[] = new Array(SLOTS).fill(undefined);
  private readonly added = new Set<string>();

  /** @param names of users, which are compared as a whole, without regard to case */
  constructor(names: readonly string[] = []) {
    for (const name of names) this.added.add(name.toLowerCase());
  }

  rule(name: string): NameRule | undefined {
    const known = this.known.get(name);
    if (known !== undefined) return known ?? undefined;
    if (name.length > LONGEST_NAME) return undefined;
    const rule = this.find(name);
    if (this.known.size >= MOST_NAMES) this.known.clear();
    // A part of a text keeps all of that in memory; a copy does not.
    this.known.set(Buffer.from(name).toString(), rule ?? null);
    return rule;
  }

  /** The rule of a name in bytes. A name that was seen lately is not made text. */
  ofBytes(bytes: Buffer, start: number, end: number): KnownName {
    if (end - start > LONGEST_NAME) return { name: bytes.toString('latin1', start, end), rule: undefined };
    let hash = end - start;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
    const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1);
    const known = this.slots[slot];
    if (known && isText(bytes, start, end, known.name)) return known;
    const name = bytes.toString('latin1', start, end);
    const made = { name, rule: this.rule(name) };
    this.slots[slot] = made;
    return made;
  }

  private find(name: string): NameRule | undefined {
    return this.added.has(name.toLowerCase()) ? ANY : ruleOfWords(wordsOf(name));
  }
}

function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (text.length !== end - start) return false;
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text.charCodeAt(at)) return false;
  return true;
}

function ruleOfWords(words: string[]): NameRule | undefined {
  const whole = WHOLE.get(words.join(' '));
  if (whole) return whole;
  while (words.length > 1 && SUFFIXES.has(words.at(-1)!)) words.pop();
  const last = words.at(-1);
  if (last === undefined) return undefined;
  const before = words.at(-2) ?? '';
  if (last === 'token' || last === 'tokens') {
    if (CURSORS.has(before) || OBJECTS.has(before)) return undefined;
  } else if (last === 'pass') {
    if (PASSES.has(before)) return undefined;
  } else if (last === 'id' && before === 'key') {
    return words.at(-3) === 'access' ? ANY : undefined;
  } else if (last === 'key' || last === 'keys') {
    if (STRONG_KEYS.has(before)) return last === 'key' ? TEXT : OPAQUE;
    if (WEAK_KEYS.has(before)) return OPAQUE;
  } else if (last === 'code') {
    return CODES.has(before) ? ANY : undefined;
  } else if (last === 'assertion') {
    return before === 'jwt' ? ANY : OPAQUE;
  } else if (last === 'signature') {
    return before === 'amz' || before === 'goog' ? ANY : undefined;
  }
  return LAST.get(last) ?? GLUED.find(([end]) => last.endsWith(end))?.[1];
}
