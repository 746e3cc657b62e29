import type { Regex } from './syntax.js';

/** Longer literals do not make the search faster. */
const MAX_LENGTH = 64;

/**
 * The longest text that every match of the regex contains, so that a search for it can come first: `b=1;` for
 * `\ba?b=1;\d`. Code points, or bytes as latin1.
 * @returns undefined if the pattern requires no literal
 */
export function requiredLiteral(regex: Regex): string | undefined {
  const literals = new LiteralCollector();
  literals.add(regex);
  literals.endRun();
  return literals.longest || undefined;
}

/** The text with which every match begins; empty if its first character is not fixed. */
export function literalPrefix(regex: Regex): string {
  if (regex.type === 'set') {
    const code = regex.set.onlyCode;
    return code === undefined ? '' : String.fromCodePoint(code);
  }
  if (regex.type === 'group' || regex.type === 'atomic') return literalPrefix(regex.item);
  if (regex.type !== 'sequence') return '';
  let prefix = '';
  for (const item of regex.items) {
    prefix += literalPrefix(item);
    if (item.type !== 'set' || item.set.onlyCode === undefined) break;
  }
  return prefix;
}

class LiteralCollector {
  longest = '';
  /** The run of required characters up to the current position. */
  private run = '';

  add(regex: Regex): void {
    switch (regex.type) {
      case 'set': {
        const code = regex.set.onlyCode;
        if (code === undefined || this.run.length >= MAX_LENGTH) this.endRun();
        if (code !== undefined) this.run += String.fromCodePoint(code);
        break;
      }
      case 'sequence':
        for (const item of regex.items) this.add(item);
        break;
      case 'group':
      case 'atomic':
        this.add(regex.item);
        break;
      case 'repeat':
        if (regex.min > 0) this.add(regex.item);
        if (regex.max !== 1 || regex.min === 0) this.endRun();
        break;
      case 'assertion':
      case 'look':
        // Assertions consume no characters, so the run continues.
        break;
      default:
        this.endRun();
    }
  }

  endRun(): void {
    if (this.run.length > this.longest.length) this.longest = this.run;
    this.run = '';
  }
}
