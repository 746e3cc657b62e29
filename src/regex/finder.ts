import { buildProgram, type Program } from './engines/instructions.js';
import { JavaScriptEngine } from './engines/javascript.js';
import { Search } from './engines/search.js';
import { literalPrefix } from './literal.js';
import type { Groups } from './parse.js';
import type { Regex } from './syntax.js';
import { canBeEmpty, repeatsEmpty } from './width.js';

/** Offsets of a match: start and end, then start and end of each group; -1 for a group that did not take part. */
export type Match = readonly number[];

/** A search exceeded its step limit. */
export class SearchLimitError extends Error {
  override name = 'SearchLimitError';
  constructor() {
    super('the regex needs too many steps for this input');
  }
}

/** Finds all matches of a regex in bytes, with the order and extent of Python's `re.finditer`. */
export class BytesFinder {
  private readonly program: Program;
  private readonly javascript: JavaScriptEngine | undefined;
  private readonly prefix: Buffer | undefined;

  /** @param test whether the regex matches at all, in linear time @throws RegexError if the regex is too large */
  constructor(
    regex: Regex,
    readonly groups: Groups,
    readonly test: (bytes: Buffer) => boolean,
  ) {
    this.program = buildProgram(regex);
    const isPlain = !canBeEmpty(regex) && !repeatsEmpty(regex);
    this.javascript = isPlain ? JavaScriptEngine.for(regex, true) : undefined;
    const prefix = literalPrefix(regex);
    this.prefix = prefix === '' ? undefined : Buffer.from(prefix, 'latin1');
  }

  /**
   * All matches, in order.
   * @param withGroups whether to report the offsets of groups
   * @throws SearchLimitError
   */
  *matches(bytes: Buffer, withGroups: boolean): Generator<Match> {
    if (!this.test(bytes)) return;
    if (this.javascript && bytes.length <= this.javascript.maxLength) yield* this.quickMatches(bytes, withGroups);
    else yield* this.slowMatches(bytes);
  }

  private *quickMatches(bytes: Buffer, withGroups: boolean): Generator<Match> {
    const search = withGroups ? new Search(this.program, bytes) : undefined;
    for (const place of this.javascript!.places(bytes.toString('latin1'))) {
      if (!search) yield place;
      else yield found(search.matchAt(place[0]), search) ?? place;
    }
  }

  private *slowMatches(bytes: Buffer): Generator<Match> {
    const { prefix } = this;
    const search = new Search(this.program, bytes);
    const nextPlace = prefix && ((at: number) => bytes.indexOf(prefix, at));
    for (
      let match = found(search.find(0, nextPlace), search);
      match;
      match = found(search.findAfter(match, nextPlace), search)
    ) {
      yield match;
    }
  }
}

function found(match: Match | undefined, search: Search): Match | undefined {
  if (!match && search.gaveUp) throw new SearchLimitError();
  return match;
}
