import { hexView } from './hex.js';
import { jsonView } from './json.js';
import { Lookahead } from './lookahead.js';
import type { MediaType } from './media-type.js';
import { multipartView } from './multipart.js';
import { looksLikeText, SAMPLE, textView } from './text.js';
import { urlencodedView } from './urlencoded.js';
import type { View } from './view.js';

/** All views. The first whose kind the media type names is taken, else the first that knows the content. */
const VIEWS: readonly View[] = [jsonView, urlencodedView, multipartView, textView, hexView];

/** Views that need the whole content get at most this much; what is longer is shown as text or hex dump. */
const WHOLE_LIMIT = 16 * 1024 * 1024;

/** Shows content as text, piece by piece: laid out if its kind is known, else as text if it looks like it, else as hex dump. */
export async function* showContent(chunks: AsyncIterable<Buffer>, type: MediaType): AsyncGenerator<string> {
  const content = new Lookahead(chunks);
  try {
    const head = await content.peek(SAMPLE);
    if (head.length === 0) return;
    for (const view of candidates(head, type)) {
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

/** Views to try, best first; the last takes everything. */
function candidates(head: Buffer, type: MediaType): View[] {
  const isText = looksLikeText(head, type);
  // A type that promises text is not believed if the content is none.
  const byType = VIEWS.filter((view) => view.matchesType(type) && (view !== textView || isText));
  const byContent = VIEWS.filter((view) => view.matchesContent(head, type));
  return [...new Set([...byType, ...byContent])];
}
