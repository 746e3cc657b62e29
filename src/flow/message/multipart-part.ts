import { type Field, Headers } from '../http/headers.js';
import { decodeText, encodeText } from '../text/charset.js';
import { parameterOf, withParameter } from '../text/parameters.js';
import { fromWire, toWire } from '../text/wire-text.js';
import type { PartBytes } from './multipart-bytes.js';

/**
 * A live view of one part of a multipart body. A change of its name, headers or content alters only those bytes of the body.
 *
 * @example
 * const file = (await flow.request.multipart()).get('upload');
 * if (file) file.content = Buffer.from('other');
 */
export class MultipartPart {
  /** The header fields of the part. */
  readonly headers: Headers;

  /** @param onChange validates a change and writes the body. It is called with new content, or without an argument for headers. */
  constructor(
    private readonly bytes: PartBytes,
    private readonly onChange: (content?: Buffer) => void,
  ) {
    this.headers = new PartHeaders(bytes.head, (block) => this.setHead(block));
  }

  /** The name of the form field; empty for a part without a name. */
  get name(): string {
    return this.disposition('name') ?? '';
  }
  set name(name: string) {
    this.setDisposition('name', name);
  }

  /** The file name; undefined if the part is not a file. */
  get filename(): string | undefined {
    return this.disposition('filename') ?? extended(this.disposition('filename*'));
  }
  set filename(filename: string) {
    this.setDisposition('filename', filename);
  }

  /** The content. Do not write into the buffer; assign another one. */
  get content(): Buffer {
    return this.bytes.content;
  }
  /** Bytes, or text, which is encoded in the charset of the part. @throws TypeError if it includes the delimiter line */
  set content(content: Uint8Array | string) {
    this.setContent(content);
  }

  /** The content as text in the charset of the part's `Content-Type`, else UTF-8. */
  get text(): string {
    return decodeText(this.bytes.content, this.headers.get('content-type'));
  }
  /** @throws TypeError if it includes the delimiter line */
  set text(text: string) {
    this.setContent(text);
  }

  private setContent(content: Uint8Array | string): void {
    let bytes: Uint8Array;
    if (typeof content === 'string') {
      const encoded = encodeText(content, this.headers.get('content-type'));
      if (encoded.contentType !== undefined) this.headers.set('Content-Type', encoded.contentType);
      bytes = encoded.bytes;
    } else bytes = content;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.onChange(buffer);
  }

  private setHead(block: Buffer): void {
    const { bytes } = this;
    bytes.head = block;
    if (bytes.gap.length === 0) bytes.gap = Buffer.from('\r\n');
    this.onChange();
  }

  private disposition(parameter: string): string | undefined {
    const value = parameterOf(this.headers.get('content-disposition') ?? '', parameter);
    return value === undefined ? undefined : unescapeName(fromWire(value));
  }

  private setDisposition(parameter: string, value: string): void {
    const before = this.headers.get('content-disposition') ?? 'form-data';
    this.headers.set('Content-Disposition', withParameter(before, parameter, toWire(escapeName(value))));
  }
}

/** Header fields that report changes. */
class PartHeaders extends Headers {
  constructor(
    block: Buffer,
    private readonly onChange: (block: Buffer) => void,
  ) {
    super(withLineEnds(block));
  }

  protected override replaceAll(fields: Field[], lines: (string | undefined)[]): void {
    super.replaceAll(fields, lines);
    this.onChange(this.bytes);
  }
}

/** Replaces bare LF by CRLF. */
function withLineEnds(block: Buffer): Buffer {
  const text = block.toString('latin1');
  return /(^|[^\r])\n/.test(text) ? Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1') : block;
}

/** Escapes names as browsers do (HTML standard, multipart form data). */
export function escapeName(name: string): string {
  return name.replace(/[\r\n"]/g, (found) => ESCAPES[found]!);
}

function unescapeName(name: string): string {
  return name.replace(/%0D|%0A|%22/gi, (found) => String.fromCharCode(Number.parseInt(found.slice(1), 16)));
}

const ESCAPES: Readonly<Record<string, string>> = { '\r': '%0D', '\n': '%0A', '"': '%22' };

/** The text of `UTF-8''a%20b` (RFC 8187 section 3.2). */
function extended(value: string | undefined): string | undefined {
  const parts = /^utf-8'[^']*'(.*)$/i.exec(value ?? '');
  if (!parts) return undefined;
  try {
    return decodeURIComponent(parts[1]!);
  } catch {
    return undefined;
  }
}
