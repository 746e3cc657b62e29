import { parseMediaType } from '../../../src/terminal/views/media-type.js';
import { showContent } from '../../../src/terminal/views/show-content.js';
import type { StreamView, WholeView } from '../../../src/terminal/views/view.js';

/** What the program shows of content with this type; it comes in pieces of so many bytes. */
export function shown(content: string | Buffer, type?: string, pieceSize?: number): Promise<string> {
  return joined(showContent(pieces(content, pieceSize), parseMediaType(type)));
}

/** What one view makes of it. */
export function viewed(view: WholeView, content: string | Buffer, type: string): string | undefined {
  const text = view.format(Buffer.from(content as string), parseMediaType(type));
  return text && [...text].join('');
}

export function streamed(
  view: StreamView,
  content: string | Buffer,
  type: string,
  pieceSize?: number,
): Promise<string> {
  return joined(view.format(pieces(content, pieceSize), parseMediaType(type)));
}

async function* pieces(content: string | Buffer, size = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}
