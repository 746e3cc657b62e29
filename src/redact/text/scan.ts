import type { NameRule, SecretNames } from '../names/secret-names.js';
import { isOpaque, isTrivial } from '../names/values.js';
import { redactedValue } from './credentials.js';
import type { Edit } from './edits.js';

/**
 * What a text is. In `code` and `markup`, what follows a name is often a variable; `pairs` are queries and forms. In
 * `binary` data, only shapes are searched.
 */
export type TextKind = 'data' | 'pairs' | 'code' | 'markup' | 'binary';

/**
 * Gives what replaces a secret.
 * @param secret decoded, each character is one byte
 * @param name of the field, or of the shape
 */
export type Replace = (secret: string, name: string) => string;

/** Shortest value in code that is taken for a credential. */
const IN_CODE = 12;
/** Shortest value of an ambiguous name in a query or a form. */
const IN_PAIRS = 8;

/** Longest value that may look like a credential. */
const LONGEST_OPAQUE = 8192;

/** A text as bytes. There may be others behind them. */
export interface ScanInput {
  readonly bytes: Buffer;
  readonly length: number;
  /** The same as text; undefined if it was not made yet. */
  text: string | undefined;
}

/** One text while it is searched: its edits so far, and how far it was searched. */
export class Scan {
  readonly edits: Edit[] = [];
  /** Hits before this offset belong to what was dealt with. */
  resume = 0;

  constructor(
    private readonly input: ScanInput,
    readonly kind: TextKind,
    readonly names: SecretNames,
    private readonly replaceWith: Replace,
    /** Searches a decoded part of the text. @returns its redacted form; undefined if nothing was found */
    private readonly redactWith: (part: string, replace: Replace) => string | undefined,
  ) {}

  /** Each character is one byte. It is made of the bytes on first access, as most searches need no text. */
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

  /** The offset up to which text that begins like a JWT was found not to be one. */
  failedRun = 0;
  /** The offset up to which a run of Base64 was decoded, or found to be too long. */
  decodedRun = 0;
  /** The query that was looked at last, and whether it exchanges an authorization code. */
  query = { start: 0, end: 0, exchangesCode: false };
  /** Names of secrets for the next edit. */
  private found: string[] = [];
  private codeSibling: boolean | undefined;

  /** Whether the text has names of an exchange of an authorization code (RFC 6749 section 4.1) in quotes. */
  get hasCodeSibling(): boolean {
    this.codeSibling ??= /["'](?:grant_type|client_id|state)\\*["']/.test(this.text);
    return this.codeSibling;
  }

  /** Where the search for the end of a value stops that is a secret only if it looks like one. */
  limitFor(rule: NameRule, start: number): number | undefined {
    return rule.values === 'opaque' || this.kind === 'code' ? start + LONGEST_OPAQUE : undefined;
  }

  /** Hits before an offset need no look any more. */
  skipTo(offset: number): void {
    if (offset > this.resume) this.resume = offset;
  }

  /** @param from where the name begins */
  put(from: number, start: number, end: number, text: string): void {
    this.edits.push({ from, start, end, text, names: this.found });
    this.found = [];
    if (end > this.resume) this.resume = end;
  }

  /**
   * Redacts the value of a name, if it is a secret.
   * @param secret the decoded value
   * @param isPair whether it is a pair of a query or a form
   * @param wrap makes of the redacted value what stands in the text
   * @returns whether it was one
   */
  putValue({ rule, name, from }: Named, { start, end, secret, isPair = false, wrap = same }: Value): boolean {
    if (!this.isSecret(rule, secret, isPair || this.kind === 'pairs')) return false;
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

/** A name that stands for a secret. */
export interface Named {
  readonly rule: NameRule;
  readonly name: string;
  /** Where it begins. */
  readonly from: number;
}

interface Value {
  readonly start: number;
  readonly end: number;
  readonly secret: string;
  readonly isPair?: boolean;
  readonly wrap?: (text: string) => string;
}

function same(text: string): string {
  return text;
}
