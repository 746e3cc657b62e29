import { SecretNames } from '../names/secret-names.js';
import { SHAPES, shapeAt } from '../shapes/shapes.js';
import { Triggers } from '../shapes/trigger.js';
import { applyToText, type Edit, ordered } from './edits.js';
import { escapedStringAt } from './escaped-strings.js';
import { nameAt } from './names-in-text.js';
import { type Replace, Scan, type TextKind } from './scan.js';

/** Parts of names that stand for secrets; only what is around them is looked at. */
const NAME_PARTS = [
  ...['pass', 'pwd', 'secret', 'token', 'key', 'credential', 'auth', 'cookie', 'jwt', 'otp', 'bearer', 'assertion'],
  ...['saml', 'csrf', 'xsrf', 'sig', 'sessid', 'sessionid', 'code', 'phrase', 'cert'],
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
    return this.triggers.find(this.bytesOf(text), 0, text.length) >= 0;
  }

  /**
   * Finds the secrets in a text.
   * @param lookback bytes at the beginning that were searched before; what begins in them is not reported
   * @returns in order, without overlaps
   */
  scanBytes(bytes: Buffer, kind: TextKind, replace: Replace, lookback = 0): Edit[] {
    const hits = this.hitsIn(bytes, bytes.length);
    return hits ? this.judge(bytes.toString('latin1'), hits, kind, { replace, lookback, level: 0 }) : NONE;
  }

  /** The same for a text in which each character is one byte. */
  scanText(text: string, kind: TextKind, replace: Replace, level = 0): Edit[] {
    const hits = this.hitsIn(this.bytesOf(text), text.length);
    return hits ? this.judge(text, hits, kind, { replace, lookback: 0, level }) : NONE;
  }

  /** @param text each character is one byte @returns undefined if nothing was found */
  redactText(text: string, kind: TextKind, replace: Replace, level = 0): string | undefined {
    const edits = this.scanText(text, kind, replace, level);
    return edits.length === 0 ? undefined : applyToText(text, edits);
  }

  /** A text as bytes, until the next call. There may be others behind it. */
  private bytesOf(text: string): Buffer {
    if (text.length > SCRATCH) return Buffer.from(text, 'latin1');
    this.scratch.write(text, 'latin1');
    return this.scratch;
  }

  /** Pairs of an offset and a trigger; undefined without a trigger. */
  private hitsIn(bytes: Buffer, length: number): number[] | undefined {
    const { triggers } = this;
    let at = triggers.find(bytes, 0, length);
    if (at < 0) return undefined;
    const hits: number[] = [];
    for (; at >= 0; at = triggers.find(bytes, at, length)) hits.push(triggers.start, triggers.which);
    return hits;
  }

  private judge(text: string, hits: readonly number[], kind: TextKind, { replace, lookback, level }: Search): Edit[] {
    const scan = new Scan(text, kind, this.names, replace, (part, inner) =>
      this.redactText(part, kind, inner, level + 1),
    );
    for (let index = 0; index < hits.length; index += 2) {
      const start = hits[index]!;
      if (start >= scan.resume) this.look(scan, start, hits[index + 1]!, level);
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
