import type { FixedServer } from '../../upstream/route.js';
import { fieldLines, isField } from './head-writer.js';

/** The field block of a request to a fixed server, with its `Host` and `Authorization`. */
export function fixedFields(block: Buffer, { hostHeader, authorization }: FixedServer): Buffer {
  if (hostHeader === undefined && authorization === undefined) return block;
  let lines = fieldLines(block);
  if (hostHeader !== undefined) lines = withField(lines, 'Host', hostHeader);
  if (authorization !== undefined) lines = withField(lines, 'Authorization', authorization);
  const fixed = Buffer.from(lines.join(''), 'latin1');
  return fixed.equals(block) ? block : fixed;
}

/**
 * Sets a field in its first line and removes further ones; a missing field is added in front, where `Host` belongs. The
 * name keeps its spelling.
 */
function withField(lines: readonly string[], name: string, value: string): string[] {
  const wanted = name.toLowerCase();
  let found = false;
  const replaced = lines.map((line) => {
    if (!isField(line, wanted)) return line;
    const first = !found;
    found = true;
    return first ? `${line.slice(0, line.indexOf(':') + 1)} ${value}\r\n` : '';
  });
  return found ? replaced : [`${name}: ${value}\r\n`, ...replaced];
}
