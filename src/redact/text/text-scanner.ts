import { SecretNames } from '../names/secret-names.js';
import { redactPatternAt } from '../patterns/redact-pattern.js';
import { SECRET_PATTERNS } from '../patterns/secret-patterns.js';
import { Triggers } from '../patterns/trigger.js';
import { applyToText, type Edit, ordered } from './edits.js';
import { escapedStringAt } from './escaped-strings.js';
import { nameAt } from './names-in-text.js';
import { type Replace, Scan, type ScanInput, type TextKind } from './scan.js';

/** Parts of secret names. Only text around them is searched for names. */
const NAME_PARTS = [
  ...['pass', 'pwd', 'secret', 'token', 'key', 'credential', 'auth', 'cookie', 'jwt', 'otp', 'bearer', 'assertion'],
  ...['saml', 'csrf', 'xsrf', 'sig', 'sessid', 'sessionid', 'code', 'phrase', 'client'],
  ...[
    'hmac',
    'session_id',
    'session-id',
    'session=',
    'session:',
    'sid=',
    'pw=',
    '"pw"',
    'crumb',
    'ticket=',
    'verifier',
  ],
  'honeycomb-team',
];
/** JSON escapes of ASCII characters. */
const ESCAPES = ['2', '3', '4', '5', '6', '7'].map((digit) => `\\u00${digit}`);
const MAX_LEVELS = 4;
const SCRATCH = 16 * 1024;

/** Searches texts for secrets by name and by pattern. */
export class TextScanner {
  readonly names: SecretNames;
  private readonly triggers: Triggers;
  private readonly patternOf: readonly (number | undefined)[];
  /** The bytes of a short text, during the search for triggers. */
  private readonly scratch = Buffer.allocUnsafeSlow(SCRATCH);

  /** @param added secret names of the user */
  constructor(added: readonly string[] = []) {
    this.names = new SecretNames(added);
    const patterns = SECRET_PATTERNS.flatMap(({ literals }, index) =>
      literals.map((literal) => [literal, index] as const),
    );
    this.triggers = new Triggers([
      ...ESCAPES,
      ...patterns.map(([literal]) => literal),
      ...NAME_PARTS,
      ...added.flatMap(parts),
    ]);
    this.patternOf = [...ESCAPES.map(() => undefined), ...patterns.map(([, index]) => index)];
  }

  /** The offset of the next part of a secret name, or of the next beginning of a pattern; -1 if there are no more. */
  nextHit(bytes: Uint8Array, from: number): number {
    return this.triggers.find(bytes, from) < 0 ? -1 : this.triggers.start;
  }

  /** Whether a text contains a trigger, and therefore needs a closer search. @param text each character is one byte */
  isSuspect(text: string): boolean {
    return this.triggers.isIn(text);
  }

  /**
   * Finds the secrets in a text.
   * @param lookback length of the prefix that was already searched; secrets that begin in it are not reported
   * @returns edits in order, without overlaps
   */
  scanBytes(bytes: Buffer, kind: TextKind, replace: Replace, lookback = 0): Edit[] {
    const first = this.triggers.find(bytes, 0);
    if (first < 0) return NONE;
    const input = { bytes, length: bytes.length, text: undefined };
    return this.findEdits(input, first, kind, { replace, lookback, level: 0 });
  }

  /** Finds the secrets in a text. @param text each character is one byte @returns edits in order, without overlaps */
  scanText(text: string, kind: TextKind, replace: Replace, level = 0): Edit[] {
    if (!this.triggers.isIn(text)) return NONE;
    const input = { bytes: this.bytesOf(text, level), length: text.length, text };
    return this.findEdits(input, this.triggers.find(input.bytes, 0, text.length), kind, {
      replace,
      lookback: 0,
      level,
    });
  }

  /** @param text each character is one byte @returns undefined if it contains no secret */
  redactText(text: string, kind: TextKind, replace: Replace, level = 0): string | undefined {
    const edits = this.scanText(text, kind, replace, level);
    return edits.length === 0 ? undefined : applyToText(text, edits);
  }

  /** Converts a text to bytes. The buffer may be longer, and is overwritten by the next call on level 0. */
  private bytesOf(text: string, level: number): Buffer {
    if (text.length > SCRATCH || level > 0) return Buffer.from(text, 'latin1');
    this.scratch.write(text, 'latin1');
    return this.scratch;
  }

  /** @param first offset at which the search for the second trigger begins; the first trigger is in `triggers` */
  private findEdits(input: ScanInput, first: number, kind: TextKind, { replace, lookback, level }: Search): Edit[] {
    const { triggers } = this;
    const { bytes, length } = input;
    const scan = new Scan(input, kind, this.names, replace, (part, inner) =>
      this.redactText(part, kind, inner, level + 1),
    );
    for (let at = first; at >= 0; ) {
      const { start, which, next } = triggers;
      if (start >= scan.resume) this.look(scan, start, which, level);
      const { resume } = scan;
      at = resume > at ? triggers.find(bytes, resume, length) : triggers.find(bytes, at, length, next);
    }
    const { edits } = scan;
    return ordered(lookback === 0 ? edits : edits.filter(({ from }) => from >= lookback));
  }

  private look(scan: Scan, start: number, which: number, level: number): void {
    if (which < ESCAPES.length) {
      if (level < MAX_LEVELS && scan.kind !== 'binary') escapedStringAt(scan, start);
      return;
    }
    const index = this.patternOf[which];
    if (index === undefined) {
      if (scan.kind !== 'binary') nameAt(scan, start);
      return;
    }
    const pattern = SECRET_PATTERNS[index]!;
    if (scan.kind !== 'binary' || pattern.binary) redactPatternAt(scan, pattern, start);
    // `bearer` may also be a name.
    if (scan.kind !== 'binary' && start >= scan.resume && pattern.name === 'bearer') nameAt(scan, start);
  }
}

const NONE: Edit[] = [];

interface Search {
  readonly replace: Replace;
  readonly lookback: number;
  /** The nesting depth of a text that was decoded from another text. */
  readonly level: number;
}

/** The triggers for a name. A short name is combined with each character that may follow it. */
function parts(name: string): string[] {
  return name.length > 2 ? [name] : [...'=:"\'<>]%& \\'].map((character) => name + character);
}
