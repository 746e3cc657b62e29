import { hexView } from './hex.js';
import { jsonView } from './json.js';
import { Lookahead } from './lookahead.js';
import type { MediaType } from './media-type.js';
import { multipartView } from './multipart.js';
import { looksLikeText, SAMPLE, textView } from './text.js';
import { urlencodedView } from './urlencoded.js';
import type { View } from './view.js';

/** All views. The first that matches the media type is used, else the first that matches the content. */
const VIEWS: readonly View[] = [jsonView, urlencodedView, multipartView, textView, hexView];

/** Maximum size of content for views that need it as a whole; longer content is shown as text or a hex dump. */
const WHOLE_LIMIT = 16 * 1024 * 1024;

/**
 * Formats content piece by piece: with the view of its kind, else as text if it looks like text, else as a hex dump.
 * @param preferred a view that is tried first, if it matches the content
 */
export async function* showContent(
  chunks: AsyncIterable<Buffer>,
  type: MediaType,
  preferred?: View,
): AsyncGenerator<string> {
  const content = new Lookahead(chunks);
  try {
    const head = await content.peek(SAMPLE);
    if (head.length === 0) return;
    for (const view of candidates(head, type, preferred)) {
      if (!view.whole) {
        yield* view.format(content.take(), type);
        return;
      }
      const bytes = await content.peek(WHOLE_LIMIT + 1);
      const pieces = bytes.length <= WHOLE_LIMIT ? view.format(bytes, type) : undefined;
      if (pieces) {
        yield* pieces;
        return;
      }
    }
  } finally {
    await content.close();
  }
}

/** Views to try, best first; the last one accepts any content. */
function candidates(head: Buffer, type: MediaType, preferred: View | undefined): View[] {
  const isText = looksLikeText(head, type);
  // A text type is ignored if the content is binary.
  const byType = VIEWS.filter((view) => view.matchesType(type) && (view !== textView || isText));
  const byContent = VIEWS.filter((view) => view.matchesContent(head, type));
  const first = preferred?.matchesContent(head, type) ? [preferred] : [];
  return [...new Set([...first, ...byType, ...byContent])];
}
