import type { FixedServer } from '../route.js';

/** The field block of a request for the one server of a listener: with its `Host` and what it is to be told. */
export function fixedFields(block: Buffer, { hostHeader, authorization }: FixedServer): Buffer {
  const before = block.toString('latin1');
  let text = before;
  if (hostHeader !== undefined) text = withField(text, 'Host', HOST, hostHeader);
  if (authorization !== undefined) text = withField(text, 'Authorization', AUTHORIZATION, authorization);
  return text === before ? block : Buffer.from(text, 'latin1');
}

/** Whole field lines, with the folded lines that belong to them. The name is left as it was written. */
const HOST = /^(host[ \t]*:)[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n/gim;
const AUTHORIZATION = /^(authorization[ \t]*:)[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n/gim;

/** Sets a field in its first line, and takes out others; one that is not there is added in front, where `Host` belongs. */
function withField(block: string, name: string, lines: RegExp, value: string): string {
  let found = false;
  const replaced = block.replace(lines, (_, start: string) => {
    if (found) return '';
    found = true;
    return `${start} ${value}\r\n`;
  });
  return found ? replaced : `${name}: ${value}\r\n${block}`;
}
