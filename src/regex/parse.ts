import { CharSet } from './charset.js';
import { isDigit, isOctalDigit, RegexCursor } from './regex-cursor.js';
import type { Assertion, Regex, RegexFlags, Scope } from './syntax.js';
import { readCount, readEscape, readFlags, readHow, readOctal, readSet } from './tokens.js';
import { fixedWidth } from './width.js';

/** Maximum nesting of groups. */
const MAX_DEPTH = 100;

const ASSERTION_LETTERS: Readonly<Record<string, Assertion>> = {
  A: 'start',
  Z: 'end',
  b: 'boundary',
  B: 'noBoundary',
};

/**
 * Parses a regex in the syntax of Python's `re`.
 * @param chars its characters: code points, or bytes as latin1
 * @throws RegexError with an index into `chars`
 */
export function parseRegex(chars: readonly string[], flags: RegexFlags, ofBytes: boolean): Regex {
  return parseWithGroups(chars, flags, ofBytes).regex;
}

/** A regex, and the groups to which a replacement can refer. */
export interface RegexWithGroups {
  regex: Regex;
  groups: Groups;
}

export interface Groups {
  /** Number of groups, which are numbered from 1. */
  count: number;
  /** The numbers of the named groups, by name. */
  names: ReadonlyMap<string, number>;
}

/** `parseRegex` with the groups of the regex. @throws RegexError */
export function parseWithGroups(chars: readonly string[], flags: RegexFlags, ofBytes: boolean): RegexWithGroups {
  const scope = { ...flags, verbose: false, unicode: !ofBytes };
  const parser = new RegexParser(new RegexCursor(chars, ofBytes), scope);
  const regex = parser.whole();
  return { regex, groups: parser.found };
}

class RegexParser {
  private depth = 0;
  /** Groups by number, with the number of characters that each matches. Index 0 is the whole regex. */
  private readonly groups: { open: boolean; width: number | undefined }[] = [{ open: true, width: undefined }];
  private readonly names = new Map<string, number>();
  private readonly conditions: { index: number; offset: number }[] = [];

  constructor(
    private readonly source: RegexCursor,
    private scope: Scope,
  ) {}

  whole(): Regex {
    const { source } = this;
    const regex = this.alternatives(true);
    if (source.next !== undefined) throw source.error('this ) has no matching (');
    const missing = this.conditions.find(({ index }) => index >= this.groups.length);
    if (missing) throw source.error(`there is no group ${missing.index}`, missing.offset);
    return regex;
  }

  get found(): Groups {
    return { count: this.groups.length - 1, names: this.names };
  }

  private alternatives(atStart = false): Regex {
    const items = [this.sequence(atStart)];
    while (this.source.take('|')) items.push(this.sequence());
    return items.length === 1 ? items[0]! : { type: 'alternatives', items };
  }

  private sequence(atStart = false): Regex {
    const { source } = this;
    const items: Regex[] = [];
    let repeatable: 'yes' | 'no' | 'repeated' = 'no';
    while (source.next !== undefined && source.next !== '|' && source.next !== ')') {
      if (this.scope.verbose && this.skipVerbose()) continue;
      const start = source.at;
      const count = readCount(source);
      if (count) {
        if (repeatable === 'no') throw source.error('nothing to repeat', start);
        if (repeatable === 'repeated') throw source.error('a repetition cannot be repeated', start);
        items.push({ type: 'repeat', item: items.pop()!, ...count, how: readHow(source) });
        repeatable = 'repeated';
        continue;
      }
      const item = this.atom(atStart && items.length === 0);
      if (!item) continue;
      items.push(item);
      repeatable = item.type === 'assertion' && source.chars[start] !== '(' ? 'no' : 'yes';
    }
    return items.length === 1 ? items[0]! : { type: 'sequence', items };
  }

  private skipVerbose(): boolean {
    const { source } = this;
    if (source.takeWhile((char) => ' \t\n\r\v\f'.includes(char), 1)) return true;
    if (!source.take('#')) return false;
    source.takeWhile((char) => char !== '\n');
    return true;
  }

  /** Parses one repeatable item; comments and flags yield nothing. */
  private atom(atStart: boolean): Regex | undefined {
    const { source, scope } = this;
    const start = source.at;
    const char = source.chars[source.at++]!;
    switch (char) {
      case '\\':
        return this.escape(start);
      case '[':
        return { type: 'set', set: readSet(source, this.newSet(), start) };
      case '(':
        return this.group(start, atStart);
      case '.': {
        const set = this.newSet();
        if (!scope.dotAll) set.addRange(10, 10);
        set.negated = true;
        return { type: 'set', set };
      }
      case '^':
        return this.assertion(scope.multiline ? 'lineStart' : 'start');
      case '$':
        return this.assertion(scope.multiline ? 'lineEnd' : 'dollar');
      default:
        return this.literal(char.codePointAt(0)!);
    }
  }

  private newSet(): CharSet {
    return new CharSet(this.scope.ignoreCase, this.scope.unicode);
  }

  private literal(code: number): Regex {
    return { type: 'set', set: CharSet.of(code, this.scope.ignoreCase, this.scope.unicode) };
  }

  private assertion(assertion: Assertion): Regex {
    return { type: 'assertion', assertion, unicode: this.scope.unicode };
  }

  private escape(start: number): Regex {
    const { source } = this;
    const assertion = source.next === undefined ? undefined : ASSERTION_LETTERS[source.next];
    if (assertion) {
      source.at++;
      return this.assertion(assertion);
    }
    if (source.next !== undefined && isDigit(source.next) && source.next !== '0') return this.numberEscape(start);
    const value = readEscape(source, start);
    if (typeof value === 'number') return this.literal(value);
    const set = this.newSet();
    set.addClass(value);
    return { type: 'set', set };
  }

  /** `\1` to `\99` are back-references; three octal digits are a character. */
  private numberEscape(start: number): Regex {
    const { source } = this;
    const octal = source.chars.slice(source.at, source.at + 3);
    if (octal.length === 3 && octal.every(isOctalDigit)) {
      source.at += 3;
      return this.literal(readOctal(source, octal.join(''), start));
    }
    return this.reference(Number(source.takeWhile(isDigit, 2)), start);
  }

  private reference(index: number, start: number): Regex {
    const group = this.groups[index];
    if (!group) throw this.source.error(`there is no group ${index} before this`, start);
    if (group.open) throw this.source.error(`group ${index} is still open`, start);
    const { ignoreCase, unicode } = this.scope;
    return { type: 'backreference', index, ignoreCase, unicode, width: group.width };
  }

  private group(start: number, atStart: boolean): Regex | undefined {
    const { source } = this;
    if (!source.take('?')) return this.capture(start);
    if (source.take(':')) return this.groupBody(start);
    if (source.take('P<')) return this.capture(start, this.groupName('>'));
    if (source.take('P=')) {
      const index = this.names.get(this.groupName(')'));
      if (index === undefined) throw source.error('there is no group with this name before this', start);
      return this.reference(index, start);
    }
    if (source.take('#')) {
      source.takeUntil(')', 'this comment is not closed');
      return undefined;
    }
    if (source.take('>')) return { type: 'atomic', item: this.groupBody(start) };
    if (source.take('(')) return this.conditional(start);
    const look = ['=', '!', '<=', '<!'].find((sign) => source.take(sign));
    if (look) return this.lookAround(look, start);
    if (source.next !== undefined && /[aiLmsux-]/.test(source.next)) return this.flags(start, atStart);
    throw source.error('unknown group syntax', start);
  }

  /** Parses the rest of a group, up to its closing parenthesis. */
  private groupBody(start: number, rest = () => this.alternatives()): Regex {
    const { source, scope } = this;
    if (++this.depth > MAX_DEPTH) throw source.error(`more than ${MAX_DEPTH} nested groups`, start);
    const item = rest();
    if (!source.take(')')) throw source.error('this ( is not closed', start);
    this.scope = scope;
    this.depth--;
    return item;
  }

  private capture(start: number, name?: string): Regex {
    const group = { open: true, width: undefined as number | undefined };
    const index = this.groups.push(group) - 1;
    if (name !== undefined) {
      if (this.names.has(name)) throw this.source.error(`there is a group ${name} already`, start);
      this.names.set(name, index);
    }
    const item = this.groupBody(start);
    group.open = false;
    group.width = fixedWidth(item);
    return { type: 'group', index, item };
  }

  private groupName(end: string): string {
    const start = this.source.at;
    const name = this.source.takeUntil(end, `the name of the group does not end with ${end}`);
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw this.source.error('this is not a group name', start);
    return name;
  }

  private lookAround(sign: string, start: number): Regex {
    const item = this.groupBody(start);
    const ahead = sign.length === 1;
    const width = ahead ? 0 : fixedWidth(item);
    if (width === undefined) throw this.source.error('a look-behind needs a fixed length', start);
    return { type: 'look', ahead, negative: sign.endsWith('!'), item, width };
  }

  private conditional(start: number): Regex {
    const { source } = this;
    const offset = source.at;
    const name = source.takeUntil(')', 'this ( is not closed');
    const index = /^[0-9]+$/.test(name) ? Number(name) : this.names.get(name);
    if (!index) throw source.error(`there is no group ${name}`, offset);
    this.conditions.push({ index, offset });
    return this.groupBody(start, () => {
      const yes = this.sequence();
      const no: Regex = source.take('|') ? this.sequence() : { type: 'sequence', items: [] };
      if (source.next === '|') throw source.error('a condition has two branches at most');
      return { type: 'conditional', index, yes, no };
    });
  }

  /** Parses `(?i)` at the beginning, or `(?i-s:…)`. */
  private flags(start: number, atStart: boolean): Regex | undefined {
    const { source, scope: outer } = this;
    const { scope, turnedOff } = readFlags(source, outer);
    if (source.take(':')) {
      this.scope = scope;
      const item = this.groupBody(start);
      this.scope = outer;
      return item;
    }
    if (turnedOff || !source.take(')'))
      throw source.error(`these flags have to end with ${turnedOff ? ':' : ') or :'}`);
    if (!atStart) throw source.error('flags for the whole regex must be at its start', start);
    this.scope = scope;
    return undefined;
  }
}
