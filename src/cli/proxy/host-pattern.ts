import type { HostTest } from '../../engine/client/passthrough/passthrough.js';
import { compileGlob } from '../../filters/arguments/glob.js';
import { quote } from '../../flow/text/quote.js';
import { compileTextRegex, RegexError } from '../../regex/index.js';

/** A pattern that is neither a regex nor a glob. The message quotes it. */
export class HostPatternError extends Error {
  override name = 'HostPatternError';
}

/**
 * Compiles a host pattern: a case-insensitive regex in Python's syntax, which may match anywhere, or a glob, which must match
 * completely. A glob begins with `*`, which cannot begin a regex, or with `glob:`. A glob without a port is compared with the
 * host alone.
 * @returns a test for `host:port`, or for a host alone
 * @throws HostPatternError
 */
export function compileHostPattern(pattern: string): HostTest {
  if (pattern === '') throw new HostPatternError('an empty pattern would match every host; use .* for that');
  const glob = pattern.startsWith('*') ? pattern : /^glob:(.*)$/is.exec(pattern)?.[1];
  return glob === undefined ? compileRegex(pattern) : compileHostGlob(pattern, glob);
}

function compileRegex(pattern: string): HostTest {
  try {
    return compileTextRegex(pattern, { ignoreCase: true, multiline: false, dotAll: false });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new HostPatternError(
      `${quote(pattern)} is not a regex: ${error.message} at character ${error.offset + 1}; globs begin with * or glob:`,
    );
  }
}

function compileHostGlob(pattern: string, glob: string): HostTest {
  const test = compileGlob(glob, { caseSensitive: false });
  if (!test) throw new HostPatternError(`${quote(pattern)} is not a glob`);
  if (/:(\d+|\*)$/.test(glob)) return test;
  return (host) => test(host.replace(/:\d+$/, ''));
}
