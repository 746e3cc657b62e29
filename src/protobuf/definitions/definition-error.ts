/** Definitions that cannot be used. The message begins with the file, and the line if it is known. */
export class DefinitionError extends Error {
  override name = 'DefinitionError';
  readonly code = 'definitions_invalid';

  constructor(
    readonly file: string,
    /** The line, from 1. */
    readonly line: number | undefined,
    readonly problem: string,
  ) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${problem}`);
  }

  /** An error of the parser, whose text may end with a place, or name the faulty message. */
  static of({ message }: Error, file: string, source: string): DefinitionError {
    const [, line] = /\bline (\d+)\)$/.exec(message) ?? [];
    if (line !== undefined) {
      return new DefinitionError(file, Number(line), endOfFile(message.slice(0, message.lastIndexOf(' ('))));
    }
    const [, name] = /in (?:Type|Enum|Service|Namespace) \.?([\w.]+)$/.exec(message) ?? [];
    const simple = name?.slice(name.lastIndexOf('.') + 1);
    return new DefinitionError(file, simple === undefined ? undefined : lineOf(source, KEYWORDS, simple), message);
  }
}

const KEYWORDS = ['message', 'enum', 'service', 'group', 'extend'];

/** The parser calls the end of the file the token `null`. */
function endOfFile(problem: string): string {
  return problem.replace("illegal token 'null'", 'unexpected end of file');
}

/** The first line that has one of the words directly before `next`. */
export function lineOf(source: string, words: readonly string[], next: string): number | undefined {
  const lines = source.split('\n');
  const at = lines.findIndex((line) => {
    const found = line.split(/\W+/);
    return found.some((word, index) => found[index + 1] === next && words.includes(word));
  });
  return at < 0 ? undefined : at + 1;
}
