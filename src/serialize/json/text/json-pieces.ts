import type { Piece } from '../../output/pieces.js';

/** Puts JSON text together that may have parts which are made when their turn comes. */
export class JsonPieces {
  private readonly pieces: Piece[] = [];
  private text = '';

  add(text: string): void {
    this.text += text;
  }

  /** A part that is made later, such as a body on disk. It has to be whole even if it fails. */
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

/** The members of an object without the braces. Those that are undefined are left out. */
export function members(object: Record<string, unknown>): string {
  return JSON.stringify(object).slice(1, -1);
}
