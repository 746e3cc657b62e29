import { wordsOf } from './words.js';

/** The rule for the value of a secret name. A secret name is a name whose values are secrets, such as `password`. */
export interface NameRule {
  /**
   * `any`: every value except trivial ones. `opaque`: only a value that looks like a credential, because the name has other
   * uses. `code`: an authorization code, which requires `state`, `client_id` or `grant_type` beside it.
   */
  readonly values: 'any' | 'opaque' | 'code';
  /** The syntax of the value: `Bearer xyz`, `a=1; b=2`, `a=1; Path=/`. */
  readonly form: 'plain' | 'credentials' | 'cookies' | 'set-cookie';
  /** Whether numbers are secrets too. */
  readonly numbers: boolean;
  /** Whether the rule applies only to queries, forms and multipart bodies. */
  readonly pairsOnly: boolean;
}

const ANY: NameRule = { values: 'any', form: 'plain', numbers: true, pairsOnly: false };
const TEXT: NameRule = { ...ANY, numbers: false };
const OPAQUE: NameRule = { ...TEXT, values: 'opaque' };
const PAIRS: NameRule = { ...OPAQUE, pairsOnly: true };
const IN_PAIRS: NameRule = { ...TEXT, pairsOnly: true };
const CODE: NameRule = { ...TEXT, values: 'code' };
const CREDENTIALS: NameRule = { ...TEXT, form: 'credentials' };
const COOKIES: NameRule = { ...TEXT, form: 'cookies' };
const SET_COOKIE: NameRule = { ...TEXT, form: 'set-cookie' };

/** Whole names: their words, joined by spaces. */
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
  // Mostly the attribute of HTML, whose value is a character.
  ['accesskey', OPAQUE],
  ['auth', OPAQUE],
  ['client assertion', ANY],
  ['saml response', ANY],
  ['saml request', ANY],
  ['samlresponse', ANY],
  ['samlrequest', ANY],
  ['code verifier', ANY],
  ['oauth verifier', ANY],
  ['secret key base', TEXT],
  ['x honeycomb team', TEXT],
  ['stripe signature', TEXT],
  ['sig', PAIRS],
  ['sign', PAIRS],
  ['cb access sign', PAIRS],
  // Central Authentication Service.
  ['ticket', PAIRS],
  ['x amz signature', ANY],
  ['x goog signature', ANY],
  ['hmac', PAIRS],
  ...['phpsessid', 'jsessionid', 'sessionid', 'session id', 'x session id'].map((name): [string, NameRule] => [
    name,
    OPAQUE,
  ]),
  ['sid', PAIRS],
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

/** Last words of names, after any other words. */
const LAST: ReadonlyMap<string, NameRule> = new Map([
  ...['password', 'passwd', 'passwort', 'pwd', 'passphrase', 'passcode'].map((word) => [word, ANY] as const),
  ...['secret', 'otp', 'totp', 'token', 'jwt'].map((word) => [word, ANY] as const),
  ...['pass', 'passwords', 'secrets', 'credential', 'credentials', 'bearer', 'apikey'].map(
    (word) => [word, TEXT] as const,
  ),
  ['authorization', CREDENTIALS],
  ...['tokens', 'auth', 'cookie', 'crumb'].map((word) => [word, OPAQUE] as const),
  ...['session', 'signature'].map((word) => [word, PAIRS] as const),
  ['pw', IN_PAIRS],
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

/** Words before `token` that make it the cursor of a list, which is not a credential. */
const CURSORS = new Set(
  'page next starting input output continuation pagination sync cursor scroll resume start marker'.split(' '),
);
/** Words before `token` that make it an object of a programming language. */
const OBJECTS = new Set(['cancel', 'cancellation']);
/** Words before `pass` that make it a round or a ticket. */
const PASSES = new Set('first second third last single one two multi multiple boarding season day by'.split(' '));

/** Words before `key` that make it a credential. */
const STRONG_KEYS = new Set(
  'api access secret private auth authentication authorization encryption decryption signing sign master account consumer ssh pgp gpg rsa ssl tls shared preshared psk subscription functions deploy security hmac aes jwt token wallet recovery admin root'.split(
    ' ',
  ),
);
/** Words before `key` that often make it a credential. */
const WEAK_KEYS = new Set(
  'client app application session storage webhook server service license licence user developer dev integration write read ingest maps activation registration'.split(
    ' ',
  ),
);
/** Words before `code` that make it a credential. */
const CODES = new Set(
  'auth authorization authentication device user verification mfa recovery backup security'.split(' '),
);

/** Words before `codes` that make each of them a credential. */
const SPARE_CODES = new Set('recovery backup scratch'.split(' '));

/** Last words that do not affect the meaning of a name. */
const SUFFIXES = new Set(
  'value hash confirmation confirm again repeat new old current plain plaintext raw text string encrypted enc base64 b64 hex'.split(
    ' ',
  ),
);

/** Maximum length of a name; longer ones are text. */
export const LONGEST_NAME = 100;
/** Maximum number of cached names. Most names repeat. */
const MAX_NAMES = 4096;

/** Number of cache slots for names looked up as bytes; a power of two. */
const SLOTS = 1024;

/** A name, and its rule if it is a secret name. */
export interface KnownName {
  /** Each character is one byte. */
  readonly name: string;
  readonly rule: NameRule | undefined;
}

/**
 * Decides from the words of a name whether its values are secrets. So `tokenizer`, `monkey` and `author` are not secret names.
 */
export class SecretNames {
  private readonly known = new Map<string, NameRule | null>();
  private readonly slots: (KnownName | undefined)[] = new Array(SLOTS).fill(undefined);
  private readonly added = new Set<string>();

  /** @param names added by the user; whole names, in any case */
  constructor(names: readonly string[] = []) {
    for (const name of names) this.added.add(name.toLowerCase());
  }

  rule(name: string): NameRule | undefined {
    const known = this.known.get(name);
    if (known !== undefined) return known ?? undefined;
    if (name.length > LONGEST_NAME) return undefined;
    const rule = this.find(name);
    if (this.known.size >= MAX_NAMES) this.known.clear();
    // A substring keeps its whole parent string in memory; a copy does not.
    this.known.set(Buffer.from(name).toString(), rule ?? null);
    return rule;
  }

  /** The rule of a name in bytes. A recent name is found without decoding it. */
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
  switch (last) {
    case 'token':
    case 'tokens':
      if (CURSORS.has(before) || OBJECTS.has(before)) return undefined;
      break;
    case 'pass':
      if (PASSES.has(before)) return undefined;
      break;
    case 'id':
      if (before === 'key') return words.at(-3) === 'access' ? ANY : undefined;
      break;
    case 'key':
    case 'keys':
      if (STRONG_KEYS.has(before)) return last === 'key' ? TEXT : OPAQUE;
      if (WEAK_KEYS.has(before)) return OPAQUE;
      break;
    case 'code':
      return CODES.has(before) ? ANY : undefined;
    case 'codes':
      return SPARE_CODES.has(before) ? TEXT : undefined;
    case 'assertion':
      return before === 'jwt' ? ANY : OPAQUE;
    case 'signature':
      if (before === 'amz' || before === 'goog') return ANY;
  }
  return LAST.get(last) ?? GLUED.find(([end]) => last.endsWith(end))?.[1];
}
