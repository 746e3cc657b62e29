import { type Body, BodyPendingError, type ByteSource } from '../body/body.js';
import type { Headers } from '../http/headers.js';

/** A message with content. */
export interface ContentOwner {
  readonly headers: Headers;
  readonly body: Body;
}

/** The decoded content of a message, for views that read and write synchronously. */
export class BodyContent {
  private constructor(
    private readonly body: Body,
    private content: Buffer,
    private source: ByteSource | undefined,
  ) {}

  /** @throws BodyPendingError, BodyMissingError, ContentCodingError */
  static async of({ headers, body }: ContentOwner): Promise<BodyContent> {
    if (!body.complete && body.size === 0 && announcesContent(headers)) throw new BodyPendingError();
    const content = await body.bytes();
    return new BodyContent(body, content, body.stored);
  }

  /** @throws ContentCodingError if the content was replaced and cannot be decoded */
  read(): Buffer {
    const { stored } = this.body;
    if (stored !== this.source) {
      this.content = this.body.bytesNow ?? this.content;
      this.source = stored;
    }
    return this.content;
  }

  write(content: Buffer): void {
    this.body.set(content);
    this.content = content;
    this.source = this.body.stored;
  }
}

function announcesContent(headers: Headers): boolean {
  return headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0;
}

/** @throws TypeError if changing the view would overwrite content of another type */
export function checkType(content: Buffer, headers: Headers, wanted: string): void {
  if (content.length === 0) return;
  throw new TypeError(`The body is not a ${wanted}; its type is ${headers.get('content-type') ?? 'not given'}`);
}
