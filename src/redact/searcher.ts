import { type BytesFinder, SearchLimitError } from '../regex/index.js';
import { type ContentKind, ContentKinds } from './body/content-kind.js';
import { pathEdits } from './json/path-edits.js';
import type { CustomRules } from './rules.js';
import { type Edit, ordered } from './text/edits.js';
import type { Replace, TextKind } from './text/scan.js';
import { TextScanner } from './text/text-scanner.js';

const NO_RULES: CustomRules = { names: [], paths: [], patterns: [] };

/** Searches bytes by the default rules and the user's rules. */
export class Searcher {
  readonly scanner: TextScanner;
  readonly kinds = new ContentKinds();
  /** Whether the user's rules include regexes or JSON paths. */
  readonly hasCustom: boolean;

  constructor(private readonly rules: CustomRules = NO_RULES) {
    this.scanner = new TextScanner(rules.names);
    this.hasCustom = rules.paths.length > 0 || rules.patterns.length > 0;
  }

  /** Whether content of this kind has to be searched as a whole, because a JSON path needs the complete document. */
  needsWhole({ text }: ContentKind): boolean {
    return this.rules.paths.length > 0 && text === 'data';
  }

  /**
   * Whether a path may contain a secret: it has a part of a secret name, the beginning of a pattern, or percent-encoding, or user
   * regexes or JSON paths are set.
   */
  mayHaveSecretsIn(path: string): boolean {
    return this.hasCustom || path.includes('%') || this.scanner.isSuspect(path);
  }

  /** @param text each character is one byte @returns edits in order, without overlaps */
  textEdits(text: string, kind: TextKind, replace: Replace): Edit[] {
    if (this.hasCustom) return this.edits(Buffer.from(text, 'latin1'), kind, replace);
    return this.scanner.scanText(text, kind, replace);
  }

  /**
   * @param lookback length of the prefix that was already searched; secrets that begin in it are not reported
   * @returns edits in order, without overlaps
   */
  edits(bytes: Buffer, kind: TextKind, replace: Replace, lookback = 0): Edit[] {
    const found = this.scanner.scanBytes(bytes, kind, replace, lookback);
    if (!this.hasCustom) return found;
    const custom = this.customEdits(bytes, replace).filter(({ from }) => from >= lookback);
    return custom.length === 0 ? found : ordered([...custom, ...found]);
  }

  /** Searches by the user's regexes and JSON paths. @returns edits in order, without overlaps */
  customEdits(bytes: Buffer, replace: Replace): Edit[] {
    const { paths, patterns } = this.rules;
    if (!this.hasCustom) return [];
    const edits = patterns.flatMap((pattern) => [...patternEdits(bytes, pattern, replace)]);
    if (paths.length > 0) edits.push(...pathEdits(bytes, paths, replace));
    return ordered(edits);
  }
}

/** If a regex exceeds the search limit, all searched bytes are redacted. */
function* patternEdits(bytes: Buffer, pattern: BytesFinder, replace: Replace): Generator<Edit> {
  try {
    for (const match of pattern.matches(bytes, true)) {
      const [from, , start, end] = match as [number, number, number, number];
      if (start < 0 || end <= start) continue;
      const secret = bytes.toString('latin1', start, end);
      if (secret.startsWith('[redacted:')) continue;
      yield { from, start, end, text: replace(secret, 'rule'), names: ['rule'] };
    }
  } catch (error) {
    if (!(error instanceof SearchLimitError)) throw error;
    const text = replace(bytes.toString('latin1'), 'rule');
    yield { from: 0, start: 0, end: bytes.length, text, names: ['rule'] };
  }
}
