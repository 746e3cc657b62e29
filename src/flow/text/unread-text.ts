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
