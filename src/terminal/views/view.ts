import type { MediaType } from './media-type.js';

/** Formats one kind of content as text, in pieces with newlines. */
export type View = WholeView | StreamView;

interface Kind {
  readonly name: string;
  /** Whether the media type identifies this kind. */
  matchesType(type: MediaType): boolean;
  /** Whether content with this beginning and an inconclusive type is of this kind. */
  matchesContent(head: Buffer, type: MediaType): boolean;
}

/** A view that needs the whole content. */
export interface WholeView extends Kind {
  readonly whole: true;
  /** @returns undefined if the content is not of this kind after all */
  format(content: Buffer, type: MediaType): Iterable<string> | undefined;
}

/** A view that formats content as it arrives. */
export interface StreamView extends Kind {
  readonly whole: false;
  format(chunks: AsyncIterable<Buffer>, type: MediaType): AsyncIterable<string>;
}
