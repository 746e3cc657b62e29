import type { NameRule, SecretNames } from '../names/secret-names.js';
import { isOpaque, isTrivial } from '../names/values.js';
import { redactedValue } from './credentials.js';
import type { Edit } from './edits.js';
import { ObjectSearch } from './object-search.js';

/**
 * The kind of a text. In `code` and `markup`, a value is often a variable. `pairs` are queries and forms. `binary` data is
 * searched only for patterns.
 */
export type TextKind = 'data' | 'pairs' | 'code' | 'markup' | 'binary';

/**
 * Returns the replacement of a secret.
 * @param secret decoded; each character is one byte
 * @param name of the field or the pattern
 */
export type Replace = (secret: string, name: string) => string;

/** Minimum length of a credential in code. */
const IN_CODE = 12;
/** Minimum length of a credential with an ambiguous name in a query or a form. */
const IN_PAIRS = 8;

/** Maximum distance of the members of an object from the one that tells its type. */
const LARGEST_TYPED = 64 * 1024;
/** Maximum distance of the members of the exchange of an authorization code. */
const LARGEST_EXCHANGE = 2048;
const EXCHANGE = /["'](?:grant_type|client_id|code_verifier|redirect_uri|state)\\*["']\s{0,20}:/;

/** Characters of possible secrets that may be examined in vain, for each character of the text. */
const MAX_EFFORT = 32;
const FREE_EFFORT = 64 * 1024;

/** Maximum length of a value that may look like a credential. */
const LONGEST_OPAQUE = 8192;

/** A text as bytes. The buffer may be longer than the text. */
export interface ScanInput {
  readonly bytes: Buffer;
  readonly length: number;
  /** The same as text; undefined until it is decoded. */
  text: string | undefined;
}

/** The state of the search of one text: its edits, and the offset that the search has reached. */
export class Scan {
  readonly edits: Edit[] = [];
  /** Hits before this offset are already handled. */
  resume = 0;

  constructor(
    readonly input: ScanInput,
    readonly kind: TextKind,
    readonly names: SecretNames,
    private readonly replaceWith: Replace,
    /** Redacts a decoded part of the text. @returns undefined if it contains no secret */
    private readonly redactWith: (part: string, replace: Replace) => string | undefined,
  ) {}

  /** The text; each character is one byte. It is decoded on first access, because most searches do not need it. */
  get text(): string {
    this.input.text ??= this.input.bytes.toString('latin1', 0, this.input.length);
    return this.input.text;
  }

  readonly replace: Replace = (secret, name) => {
    this.found.push(name);
    return this.replaceWith(secret, name);
  };

  redactPart(part: string): string | undefined {
    return this.redactWith(part, this.replace);
  }

  /** No JWT begins before this offset. */
  failedRun = 0;
  /** Base64 before this offset was decoded, or is too long. */
  decodedRun = 0;
  /** Finds objects that are searched by their type. */
  readonly typedObject = new ObjectSearch(LARGEST_TYPED);
  /** The range of the last query, and whether it exchanges an authorization code. */
  query = { start: 0, end: 0, exchangesCode: false };
  /** Number of characters that were examined in vain. */
  private effort = 0;
  /** Names of the secrets for the next edit. */
  private found: string[] = [];
  /** Finds objects with a member `code`. */
  private readonly exchange = new ObjectSearch(LARGEST_EXCHANGE);
  /** Whether the last one exchanges an authorization code. */
  private exchangesCode = false;

  /**
   * Whether an object contains names from the exchange of an authorization code (RFC 6749 section 4.1).
   * @param at inside the object
   */
  isInExchange(at: number): boolean {
    const { text, exchange } = this;
    if (exchange.find(text, at)) this.exchangesCode = EXCHANGE.test(text.slice(exchange.start, exchange.end));
    return this.exchangesCode;
  }

  /**
   * The offset at which the search for the end of a value stops; undefined if there is no limit. A longer value does not look
   * like a credential.
   */
  limitFor(rule: NameRule, start: number): number | undefined {
    return rule.values === 'opaque' || this.kind === 'code' ? start + LONGEST_OPAQUE : undefined;
  }

  /**
   * Whether a value has to be redacted unexamined. In a long run of characters with very many beginnings of secrets, each would be
   * examined to the end of the run.
   * @param length of a value that seems to be no secret
   */
  isExhausted(length: number): boolean {
    this.effort += length;
    return this.effort > MAX_EFFORT * this.text.length + FREE_EFFORT;
  }

  /** Skips the hits before an offset. */
  skipTo(offset: number): void {
    if (offset > this.resume) this.resume = offset;
  }

  /** @param from start of the name */
  put(from: number, start: number, end: number, text: string): void {
    this.edits.push({ from, start, end, text, names: this.found });
    this.found = [];
    if (end > this.resume) this.resume = end;
  }

  /**
   * Redacts the value of a name if it is a secret.
   * @param secret the decoded value
   * @param isPair whether it is a pair of a query or a form
   * @param wrap encodes the redacted value for the text
   * @returns whether it was a secret
   */
  putValue({ rule, name, from }: Named, { start, end, secret, isPair = false, wrap = same }: FoundValue): boolean {
    if (!this.isSecret(rule, secret, isPair || this.kind === 'pairs') && !this.isExhausted(end - start)) return false;
    const redacted = redactedValue(rule.form, secret, (part) => this.replace(part, name));
    if (redacted === secret) return false;
    this.put(from, start, end, wrap(redacted));
    return true;
  }

  private isSecret({ values, pairsOnly }: NameRule, secret: string, isPair: boolean): boolean {
    if (isTrivial(secret)) return false;
    if (values === 'code') return true;
    if (pairsOnly && !isPair) return false;
    const isCode = this.kind === 'code';
    if (values === 'any') return !isCode || isOpaque(secret, IN_CODE);
    return isOpaque(secret, isPair ? IN_PAIRS : undefined);
  }
}

/** A secret name in a text. */
export interface Named {
  readonly rule: NameRule;
  readonly name: string;
  /** Its start. */
  readonly from: number;
}

/** A value in a text, which may be a secret. */
export interface FoundValue {
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  /** The decoded value. */
  readonly secret: string;
  readonly isPair?: boolean;
  readonly wrap?: (text: string) => string;
}

function same(text: string): string {
  return text;
}
