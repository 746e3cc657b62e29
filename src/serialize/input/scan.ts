import type { Input } from './input.js';

/**
 * Moves to the next accepted occurrence of these bytes.
 * @param accept called with the input at the occurrence; it may move the window
 * @returns false without a further occurrence; the input is then at its end
 */
export async function scanFor(input: Input, magic: Buffer, accept: () => Promise<boolean>): Promise<boolean> {
  for (;;) {
    const found = input.buffer.indexOf(magic, input.at);
    if (found >= 0) {
      input.at = found;
      if (await accept()) return true;
      input.at++;
      continue;
    }
    input.at = Math.max(input.at, input.buffer.length - magic.length + 1);
    const rest = Math.max(0, input.buffer.length - input.at);
    if ((await input.fill(rest + 1)) <= rest) break;
  }
  input.at = input.buffer.length;
  return false;
}
