/**
 * Encodes text in a charset that the runtime can only decode. It handles charsets of one byte per character, and of two bytes
 * with the first above 0x7F: windows-1252, Shift_JIS, GBK, Big5, EUC-KR. The table is built with the decoder.
 */
export class LegacyCharset {
  private readonly codes = new Map<string, number>();
  private hasPairs = false;
  private readonly decoder: InstanceType<typeof TextDecoder>;

  /** @param encoding as `TextDecoder` names it */
  constructor(private readonly encoding: string) {
    this.decoder = new TextDecoder(encoding);
    // A stateful encoding with escape sequences cannot be a table.
    if (encoding === 'iso-2022-jp') return;
    this.addSingles();
  }

  /** @returns undefined if a character cannot be encoded */
  encode(text: string): Buffer | undefined {
    if (this.encoding === 'iso-2022-jp') return undefined;
    const bytes = Buffer.allocUnsafe(text.length * 2);
    let at = 0;
    for (const character of text) {
      const code = character < '\x80' ? character.charCodeAt(0) : this.codeOf(character);
      if (code === undefined) return undefined;
      if (code > 0xff) bytes[at++] = code >> 8;
      bytes[at++] = code & 0xff;
    }
    return bytes.subarray(0, at);
  }

  private codeOf(character: string): number | undefined {
    const code = this.codes.get(character);
    if (code !== undefined || this.hasPairs) return code;
    this.addPairs();
    return this.codes.get(character);
  }

  private addSingles(): void {
    for (let byte = 0x80; byte <= 0xff; byte++) this.add(this.decoder.decode(Uint8Array.of(byte)), byte);
  }

  /** Decodes all pairs at once, one per line; this works because a line feed is never a second byte. */
  private addPairs(): void {
    this.hasPairs = true;
    const pairs = Buffer.alloc(126 * 191 * 3, '\n');
    const codes: number[] = [];
    for (let first = 0x81; first <= 0xfe; first++) {
      for (let second = 0x40; second <= 0xfe; second++) {
        pairs.writeUInt16BE((first << 8) | second, codes.length * 3);
        codes.push((first << 8) | second);
      }
    }
    const lines = this.decoder.decode(pairs).split('\n');
    for (const [index, code] of codes.entries()) this.add(lines[index]!, code);
  }

  /** If a character has several codes, the first is used. */
  private add(text: string, code: number): void {
    const isOne = text.length === 1 || (text.length === 2 && text.codePointAt(0)! > 0xffff);
    if (isOne && text >= '\x80' && text !== '\ufffd' && !this.codes.has(text)) this.codes.set(text, code);
  }
}
