/**
 * The content of a stream that had no end when it was recorded. After it the connection stays open, until the client leaves.
 * @param signal aborted when the client has left
 */
export async function* stayOpen(content: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  yield* content;
  await new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
