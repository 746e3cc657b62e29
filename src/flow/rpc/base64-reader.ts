/** Decodes Base64 that arrives in pieces and may consist of several padded texts, as the bodies of gRPC-Web in text form. */
export class Base64Reader {
  private rest = '';

  push(chunk: Buffer): Buffer {
    const text = this.rest + chunk.toString('latin1').replace(/[\r\n]+/g, '');
    const whole = text.length - (text.length % 4);
    this.rest = text.slice(whole);
    return decode(text.slice(0, whole));
  }

  /** Decodes the remaining text, which lacks its padding. */
  end(): Buffer {
    const { rest } = this;
    this.rest = '';
    return decode(rest);
  }
}

function decode(text: string): Buffer {
  // Node stops at the padding, after which another text may follow.
  if (!text.includes('=')) return Buffer.from(text, 'base64');
  return Buffer.concat(Array.from(text.matchAll(/[^=]+/g), ([part]) => Buffer.from(part, 'base64')));
}
