import type { MediaType } from './media-type.js';

/** A way to show content of some kind as text, in pieces with newlines. */
export type View = WholeView | StreamView;

interface Kind {
  readonly name: string;
  /** Whether this media type means content of the kind. */
  matchesType(type: MediaType): boolean;
  /** Whether content that begins like this, and whose type says nothing, is of the kind. */
  matchesContent(head: Buffer, type: MediaType): boolean;
}

/** Needs the whole content. */
export interface WholeView extends Kind {
  readonly whole: true;
  /** @returns undefined if the content is not what its type or its beginning says */
  format(content: Buffer, type: MediaType): Iterable<string> | undefined;
}

/** Takes the content as it comes. */
export interface StreamView extends Kind {
  readonly whole: false;
  format(chunks: AsyncIterable<Buffer>, type: MediaType): AsyncIterable<string>;
}
