import { SecretNames } from '../names/secret-names.js';
import { SHAPES, shapeAt } from '../shapes/shapes.js';
import { Triggers } from '../shapes/trigger.js';
import { applyToText, type Edit, ordered } from './edits.js';
import { escapedStringAt } from './escaped-strings.js';
import { memberAt } from './member-in-bytes.js';
import { nameAt } from './names-in-text.js';
import { type Replace, Scan, type ScanInput, type TextKind } from './scan.js';

/** Parts of names that stand for secrets; only what is around them is looked at. */
const NAME_PARTS = [
  ...['pass', 'pwd', 'secret', 'token', 'key', 'credential', 'auth', 'cookie', 'jwt', 'otp', 'bearer', 'assertion'],
  ...['saml', 'csrf', 'xsrf', 'sig', 'sessid', 'sessionid', 'code', 'phrase', 'cert'],
  ...['hmac', 'session_id', 'session-id', 'session=', 'sid='],
];
/** Escapes of JSON for characters of ASCII. */
const ESCAPES = ['2', '3', '4', '5', '6', '7'].map((digit) => `\\u00${digit}`);
const MOST_LEVELS = 4;
const SCRATCH = 16 * 1024;

/** Searches texts for secrets by name and by shape. */
export class TextScanner {
  readonly names: SecretNames;
  private readonly triggers: Triggers;
  private readonly shapeOf: readonly (number | undefined)[];
  /** Number of the first trigger that is a part of a name. */
  private readonly firstName: number;
  /** A short text as bytes, while it is searched for triggers. */
  private readonly scratch = Buffer.allocUnsafeSlow(SCRATCH);

  /** @param added names of users */
  constructor(added: readonly string[] = []) {
    this.names = new SecretNames(added);
    const shapes = SHAPES.flatMap(({ literals }, index) => literals.map((literal) => [literal, index] as const));
    this.triggers = new Triggers([
      ...ESCAPES,
      ...shapes.map(([literal]) => literal),
      ...NAME_PARTS,
      ...added.flatMap(parts),
    ]);
    this.shapeOf = [...ESCAPES.map(() => undefined), ...shapes.map(([, index]) => index)];
    this.firstName = this.shapeOf.length;
  }

  /** An offset in the next part of a name or shape, which has to be looked at; -1 if there is none. */
  nextHit(bytes: Uint8Array, from: number): number {
    // A part that begins at `from` ends two bytes later at the earliest.
    return this.triggers.find(bytes, from + 2) < 0 ? -1 : this.triggers.start;
  }

  /** Whether bytes hold anything that has to be looked at. */
  isSuspect(bytes: Uint8Array): boolean {
    return this.triggers.find(bytes, 0) >= 0;
  }

  /** @param text each character is one byte */
  isSuspectText(text: string): boolean {
    return this.triggers.isIn(text);
  }

  /**
   * Finds the secrets in a text.
   * @param lookback bytes at the beginning that were searched before; what begins in them is not reported
   * @returns in order, without overlaps
   */
  scanBytes(bytes: Buffer, kind: TextKind, replace: Replace, lookback = 0): Edit[] {
    const first = this.triggers.find(bytes, 0);
    if (first < 0) return NONE;
    const input = { bytes, length: bytes.length, text: undefined };
    return this.judge(input, first, kind, { replace, lookback, level: 0 });
  }

  /** The same for a text in which each character is one byte. */
  scanText(text: string, kind: TextKind, replace: Replace, level = 0): Edit[] {
    if (!this.triggers.isIn(text)) return NONE;
    const input = { bytes: this.bytesOf(text, level), length: text.length, text };
    return this.judge(input, this.triggers.find(input.bytes, 0, text.length), kind, { replace, lookback: 0, level });
  }

  /** @param text each character is one byte @returns undefined if nothing was found */
  redactText(text: string, kind: TextKind, replace: Replace, level = 0): string | undefined {
    const edits = this.scanText(text, kind, replace, level);
    return edits.length === 0 ? undefined : applyToText(text, edits);
  }

  /** A text as bytes, until the next call. There may be others behind it. Texts within texts do not overwrite it. */
  private bytesOf(text: string, level: number): Buffer {
    if (text.length > SCRATCH || level > 0) return Buffer.from(text, 'latin1');
    this.scratch.write(text, 'latin1');
    return this.scratch;
  }

  /** @param first where the search for the second trigger begins; the first one is in `triggers` */
  private judge(input: ScanInput, first: number, kind: TextKind, { replace, lookback, level }: Search): Edit[] {
    const { triggers } = this;
    const { bytes, length } = input;
    const scan = new Scan(input, kind, this.names, replace, (part, inner) =>
      this.redactText(part, kind, inner, level + 1),
    );
    const isPlain = kind === 'data' || kind === 'pairs';
    for (let at = first; at >= 0; ) {
      const { start, which } = triggers;
      if (start >= scan.resume) {
        const isName = which >= this.firstName;
        if (!(isName && isPlain && memberAt(scan, input, start))) this.look(scan, start, which, level);
      }
      // What begins at `resume` ends two bytes later at the earliest.
      at = triggers.find(bytes, Math.max(at, scan.resume + 2), length);
    }
    const { edits } = scan;
    return ordered(lookback === 0 ? edits : edits.filter(({ from }) => from >= lookback));
  }

  private look(scan: Scan, start: number, which: number, level: number): void {
    if (which < ESCAPES.length) {
      if (level < MOST_LEVELS && scan.kind !== 'binary') escapedStringAt(scan, start);
      return;
    }
    const index = this.shapeOf[which];
    if (index === undefined) {
      if (scan.kind !== 'binary') nameAt(scan, start);
      return;
    }
    const shape = SHAPES[index]!;
    if (scan.kind !== 'binary' || shape.binary) shapeAt(scan, shape, start);
    // `bearer` and `basic` may be names as well.
    if (scan.kind !== 'binary' && start >= scan.resume && shape.name === 'bearer') nameAt(scan, start);
  }
}

const NONE: Edit[] = [];

interface Search {
  readonly replace: Replace;
  readonly lookback: number;
  /** Of texts within texts. */
  readonly level: number;
}

/** What is searched for a name: a short one only with what may stand behind it. */
function parts(name: string): string[] {
  return name.length > 2 ? [name] : [...'=:"\'<>]%& \\'].map((character) => name + character);
}
