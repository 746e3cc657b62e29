import { codeView } from './code.js';
import { dnsView } from './dns.js';
import { multipartView, urlencodedView } from './form.js';
import { graphqlView } from './graphql.js';
import { hexView } from './hex.js';
import { imageView } from './image.js';
import { jsonView } from './json.js';
import { markupView } from './markup/markup.js';
import type { MediaType } from './media-type.js';
import { msgpackView } from './msgpack.js';
import { looksLikeText, SAMPLE, textView } from './text.js';
import type { View } from './view.js';
import { zipView } from './zip.js';

/** All views. The first that matches the media type is used, else the first that matches the content. */
const VIEWS: readonly View[] = [
  graphqlView,
  jsonView,
  urlencodedView,
  multipartView,
  markupView,
  codeView,
  textView,
  imageView,
  msgpackView,
  dnsView,
  zipView,
  hexView,
];

const RAW: readonly View[] = [textView, hexView];

/** A choice of views: all, only text and hex dumps, or only hex dumps. */
export type ViewChoice = 'auto' | 'raw' | 'hex dump';

/** Maximum size of content for views that need it as a whole; longer content is shown as text or a hex dump. */
const WHOLE_LIMIT = 16 * 1024 * 1024;

/**
 * Formats content piece by piece: with the view of its kind, else as text if it looks like text, else as a hex dump.
 * @param preferred a view that is tried first, if it matches the content and all views are chosen
 */
export async function* showContent(
  chunks: AsyncIterable<Buffer>,
  type: MediaType,
  preferred?: View,
  choice: ViewChoice = 'auto',
): AsyncGenerator<string> {
  const content = new Lookahead(chunks);
  try {
    const head = await content.peek(SAMPLE);
    if (head.length === 0) return;
    for (const view of choice === 'auto' ? candidates(head, type, VIEWS, preferred) : chosen(head, type, choice)) {
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

function chosen(head: Buffer, type: MediaType, choice: 'raw' | 'hex dump'): View[] {
  return choice === 'raw' ? candidates(head, type, RAW) : [hexView];
}

/** Views to try, best first; the last one accepts any content. */
function candidates(head: Buffer, type: MediaType, views: readonly View[], preferred?: View): View[] {
  const isText = looksLikeText(head, type);
  // A text type is ignored if the content is binary.
  const byType = views.filter((view) => view.matchesType(type) && (view !== textView || isText));
  const byContent = views.filter((view) => view.matchesContent(head, type));
  const first = preferred?.matchesContent(head, type) ? [preferred] : [];
  return [...new Set([...first, ...byType, ...byContent])];
}

/** Maximum size of a chunk of `take`, so that views produce text in portions. */
const CHUNK = 64 * 1024;

/** A byte stream whose first bytes can be peeked at before it is read. */
export class Lookahead {
  private readonly iterator: AsyncIterator<Buffer>;
  private seen: Buffer[] = [];
  private size = 0;
  private ended = false;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.iterator = chunks[Symbol.asyncIterator]();
  }

  /** Waits for `size` bytes or the end. @returns the bytes received so far, which may be more */
  async peek(size: number): Promise<Buffer> {
    while (this.size < size && !this.ended) {
      const { done, value } = await this.iterator.next();
      if (done) this.ended = true;
      else {
        this.seen.push(value);
        this.size += value.length;
      }
    }
    if (this.seen.length > 1) this.seen = [Buffer.concat(this.seen)];
    return this.seen[0] ?? Buffer.alloc(0);
  }

  /** All bytes, including those that were peeked at. */
  async *take(): AsyncGenerator<Buffer> {
    const seen = this.seen;
    this.seen = [];
    for (const chunk of seen) yield* portions(chunk);
    while (!this.ended) {
      const { done, value } = await this.iterator.next();
      if (done) this.ended = true;
      else yield* portions(value);
    }
  }

  /** Closes the source. */
  async close(): Promise<void> {
    if (!this.ended) await this.iterator.return?.();
  }
}

function* portions(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += CHUNK) yield chunk.subarray(at, at + CHUNK);
}
