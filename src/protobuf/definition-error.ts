/** Definitions that cannot be used. The message begins with the file, and the line if it is known. */
export class DefinitionError extends Error {
  override name = 'DefinitionError';
  readonly code = 'definitions_invalid';

  constructor(
    readonly file: string,
    /** From 1. */
    readonly line: number | undefined,
    readonly problem: string,
  ) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${problem}`);
  }

  /** An error of the parser, whose text may end with the place, or name the message that is wrong. */
  static of({ message }: Error, file: string, source: string): DefinitionError {
    const [, problem, line] = /^(.*) \((?:.*, )?line (\d+)\)$/s.exec(message) ?? [];
    if (line !== undefined) return new DefinitionError(file, Number(line), endOfFile(problem!));
    const [, name] = /in (?:Type|Enum|Service|Namespace) \.?([\w.]+)$/.exec(message) ?? [];
    const simple = name?.slice(name.lastIndexOf('.') + 1);
    const place = simple && lineOf(source, new RegExp(`\\b(?:message|enum|service|group|extend)\\s+${simple}\\b`));
    return new DefinitionError(file, place || undefined, message);
  }
}

/** The parser calls the end of the file the token `null`. */
function endOfFile(problem: string): string {
  return problem.replace("illegal token 'null'", 'unexpected end of file');
}

/** The line of the first match. */
export function lineOf(source: string, pattern: RegExp): number | undefined {
  const at = source.search(pattern);
  return at < 0 ? undefined : source.slice(0, at).split('\n').length;
}
