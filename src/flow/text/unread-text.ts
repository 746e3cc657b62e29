/** UTF-8 text in memory. Creating the string may never be necessary. */
export class UnreadText {
  constructor(
    private readonly memory: Buffer,
    private readonly start: number,
    private readonly end: number,
  ) {}

  toString(): string {
    return this.memory.toString('utf8', this.start, this.end);
  }
}

/** A copy of a text. A slice keeps the whole text from which it was cut in memory, such as the head of a message. */
export function copyText(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
