import { randomUUID } from '../runtime.js';
import { encodeText } from '../text/charset.js';
import { essenceOf, parameterOf, withParameter } from '../text/parameters.js';
import { toWire } from '../text/wire-text.js';
import { BodyContent, type ContentOwner, checkType } from './body-content.js';
import { holdsDelimiter, joinMultipart, type MultipartBytes, splitMultipart } from './multipart-bytes.js';
import { escapeName, MultipartPart } from './multipart-part.js';

/** Optional properties of a part. */
export interface PartOptions {
  filename?: string;
  /** For a file that is added, by default `application/octet-stream`. */
  contentType?: string;
}

/**
 * A live view of the parts of a multipart body, such as a form with files. A change alters only the bytes of the part that is
 * changed. A body of another type has no parts; a change of an empty body makes it `multipart/form-data`.
 *
 * @example
 * const form = await flow.request.multipart();
 * for (const part of form) if (part.filename?.endsWith('.exe')) form.delete(part);
 * form.set('comment', 'seen');
 */
export class Multipart implements Iterable<MultipartPart> {
  private parts: MultipartPart[] = [];
  private bytes: MultipartBytes = { before: Buffer.alloc(0), parts: [] };
  /** The content that `parts` was parsed from. */
  private seen: { content: Buffer; boundary: string } | undefined;
  /** Nesting depth of `together`: the body is written once, at the end. */
  private batch = 0;

  private constructor(
    private readonly message: ContentOwner,
    private readonly content: BodyContent,
  ) {}

  /** @throws BodyPendingError, BodyMissingError, ContentCodingError */
  static async of(message: ContentOwner): Promise<Multipart> {
    return new Multipart(message, await BodyContent.of(message));
  }

  /** The first part with this name. */
  get(name: string): MultipartPart | undefined {
    return this.current().find((part) => part.name === name);
  }

  /** All parts with this name, in order. */
  getAll(name: string): MultipartPart[] {
    return this.current().filter((part) => part.name === name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /**
   * Sets the content of the first part with this name and removes other parts with it. Header fields stay, except those of
   * `options`. If no part has this name, one is added at the end.
   * @throws TypeError if the content includes the delimiter line, or the body is of another type
   */
  set(name: string, content: Uint8Array | string, options: PartOptions = {}): void {
    const [first, ...others] = this.getAll(name);
    if (!first) return this.append(name, content, options);
    if (holdsDelimiter(Buffer.from(content), this.boundary!)) throw new TypeError(DELIMITER);
    this.together(() => {
      if (options.contentType !== undefined) first.headers.set('Content-Type', options.contentType);
      if (options.filename !== undefined) first.filename = options.filename;
      first.content = content;
      this.remove(others);
    });
  }

  /** Adds a part at the end. @throws TypeError if the content includes the delimiter line, or the body is of another type */
  append(name: string, content: Uint8Array | string, { filename, contentType }: PartOptions = {}): void {
    this.current();
    const boundary = this.boundary ?? this.newBoundary();
    const type = contentType ?? (filename === undefined ? undefined : 'application/octet-stream');
    const encoded = typeof content === 'string' ? encodeText(content, type) : { bytes: Buffer.from(content) };
    if (holdsDelimiter(encoded.bytes, boundary)) throw new TypeError(DELIMITER);
    const file = filename === undefined ? '' : `; filename="${quotable(filename)}"`;
    const typeLine = type === undefined ? '' : `Content-Type: ${encoded.contentType ?? type}\r\n`;
    const head = `Content-Disposition: form-data; name="${quotable(name)}"${file}\r\n${typeLine}`;
    const { parts } = this.bytes;
    const last = parts.at(-1);
    if (!last) this.bytes.before = Buffer.from(`--${boundary}\r\n`, 'latin1');
    const added = {
      head: Buffer.from(head, 'latin1'),
      gap: Buffer.from('\r\n'),
      content: encoded.bytes,
      after: last && last.after.length > 0 ? last.after : Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1'),
    };
    if (last) last.after = Buffer.from(`\r\n--${boundary}\r\n`, 'latin1');
    parts.push(added);
    this.parts.push(this.partOf(added));
    this.write();
  }

  /** Removes a part, or all parts with a name. @returns whether a part was removed */
  delete(which: string | MultipartPart): boolean {
    const found = typeof which === 'string' ? this.getAll(which) : this.current().filter((part) => part === which);
    if (found.length > 0) this.remove(found);
    return found.length > 0;
  }

  [Symbol.iterator](): IterableIterator<MultipartPart> {
    return [...this.current()][Symbol.iterator]();
  }

  /** The number of parts. */
  get length(): number {
    return this.current().length;
  }

  private get boundary(): string | undefined {
    const type = this.message.headers.get('content-type') ?? '';
    return essenceOf(type).startsWith('multipart/') ? parameterOf(type, 'boundary') : undefined;
  }

  /** The parts of the current body, parsed again if the body or its boundary changed. */
  private current(): MultipartPart[] {
    const content = this.content.read();
    const boundary = this.boundary ?? '';
    if (content === this.seen?.content && boundary === this.seen.boundary) return this.parts;
    this.seen = { content, boundary };
    this.bytes = splitMultipart(content, boundary) ?? { before: Buffer.alloc(0), parts: [] };
    this.parts = this.bytes.parts.map((bytes) => this.partOf(bytes));
    return this.parts;
  }

  private partOf(bytes: MultipartBytes['parts'][number]): MultipartPart {
    const part: MultipartPart = new MultipartPart(bytes, (content) => {
      if (!this.current().includes(part)) throw new Error('This part is no longer in the body');
      if (content && holdsDelimiter(content, this.boundary!)) throw new TypeError(DELIMITER);
      if (content) bytes.content = content;
      this.write();
    });
    return part;
  }

  private remove(removed: readonly MultipartPart[]): void {
    const gone = new Set(removed);
    const closing = this.bytes.parts.at(-1)!.after;
    this.bytes.parts = this.bytes.parts.filter((_, at) => !gone.has(this.parts[at]!));
    this.parts = this.parts.filter((part) => !gone.has(part));
    const last = this.bytes.parts.at(-1);
    if (last) last.after = closing;
    this.write();
  }

  private together(change: () => void): void {
    this.batch++;
    try {
      change();
    } finally {
      this.batch--;
      this.write();
    }
  }

  private write(): void {
    if (this.batch > 0) return;
    const boundary = this.boundary!;
    const isEmpty = this.bytes.parts.length === 0;
    const content = isEmpty ? Buffer.from(`--${boundary}--\r\n`, 'latin1') : joinMultipart(this.bytes);
    this.seen = { content, boundary };
    this.content.write(content);
  }

  /** @throws TypeError if the body is of another type */
  private newBoundary(): string {
    const { headers } = this.message;
    checkType(this.content.read(), headers, 'multipart form');
    const boundary = `----tsdump-${randomUUID()}`;
    const type = headers.get('content-type') ?? '';
    const isMultipart = essenceOf(type).startsWith('multipart/');
    headers.set('Content-Type', withParameter(isMultipart ? type : 'multipart/form-data', 'boundary', boundary));
    return boundary;
  }
}

const DELIMITER = 'The content of a part cannot include the delimiter line of the multipart body';

function quotable(name: string): string {
  return toWire(escapeName(name)).replace(/\\/g, '\\\\');
}
