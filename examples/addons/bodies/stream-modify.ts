// Replaces a word in text of any size while it streams.
//   tsdump -s stream-modify.ts
import type { HttpFlow } from 'tsdump';

const WORD = 'foo';
const OTHER = 'bar';

export function responseHeaders({ response }: HttpFlow): void {
  if (!response!.headers.get('content-type')?.startsWith('text/')) return;
  response!.body.transform(replaceWord, { decoded: true });
}

async function* replaceWord(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let rest = '';
  for await (const chunk of chunks) {
    // In latin1 each character is one byte, so no character is split between chunks.
    const text = (rest + chunk.toString('latin1')).replaceAll(WORD, OTHER);
    // The word may continue in the next chunk.
    const end = Math.max(text.length - WORD.length + 1, 0);
    rest = text.slice(end);
    yield Buffer.from(text.slice(0, end), 'latin1');
  }
  yield Buffer.from(rest, 'latin1');
}
