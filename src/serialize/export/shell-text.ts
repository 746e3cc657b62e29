import { isUtf8 } from 'node:buffer';

/** A command that sends a request, in words for a shell that are already quoted. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** Words for a body in an argument. @param argument the body, quoted */
  readonly textWords: (argument: string) => string[];
  /** Words for a body on stdin. */
  readonly stdinWords: readonly string[];
  /** The words after the body. */
  readonly last: readonly string[];
}

/** Arguments that need no quotes in a shell. `~` and `=` at the beginning would be expanded by some. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./-]*$/;
/** Control and format characters, other than line feed and tab. */
const UNSHOWN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * An argument for POSIX shells (XCU section 2.2). Bytes that a terminal would not show are written with `printf`.
 * @param text one character per byte, without NUL; a line feed at the end is lost if `printf` is needed
 */
export function shellArgument(text: string): string {
  if (PLAIN.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isShowable(bytes) ? quotedArgument(bytes.toString('utf8')) : `"$(${printfCommand(printfText(bytes))})"`;
}

/** Whether bytes are UTF-8 without control and format characters. */
export function isShowable(bytes: Buffer): boolean {
  return isUtf8(bytes) && !UNSHOWN.test(bytes.toString('utf8'));
}

/** Text in single quotes, in which every character except the quote is literal. */
export function quotedArgument(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command that writes bytes. @param text of `printfText` */
export function printfCommand(text: string): string {
  return `printf ${text.startsWith('-') ? '-- ' : ''}'${text}'`;
}

/** Bytes as the format of `printf`, for single quotes (XCU section "printf", XBD section 5). */
export function printfText(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[^ -~]|['\\%]/g, (character) => {
    return PRINTF_TEXTS[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}

const PRINTF_TEXTS: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
  '%': '%%',
};
