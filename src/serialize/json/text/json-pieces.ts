import type { Piece } from '../../output/pieces.js';

/** Builds JSON text of which some parts are generated lazily. */
export class JsonPieces {
  private readonly pieces: Piece[] = [];
  private text = '';

  add(text: string): void {
    this.text += text;
  }

  /** Adds a lazy part, such as a body on disk. It has to be valid JSON even if it fails. */
  addLater(make: () => AsyncIterable<Buffer>): void {
    this.flush();
    this.pieces.push(make);
  }

  end(): Piece[] {
    this.flush();
    return this.pieces;
  }

  private flush(): void {
    if (this.text !== '') this.pieces.push(Buffer.from(this.text));
    this.text = '';
  }
}

/** The members of an object without the braces. Undefined members are left out. */
export function members(object: Record<string, unknown>): string {
  return JSON.stringify(object).slice(1, -1);
}
