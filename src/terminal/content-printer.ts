import type { Body } from '../flow/body/body.js';
import { ContentCodingError } from '../flow/body/content-coding.js';
import type { HttpMessage } from '../flow/http/http-message.js';
import { ContentBlock } from './content-block.js';
import type { LineSink } from './line-sink.js';
import { safeText } from './safe-text.js';
import { isUnknown, MISSING } from './size.js';
import type { Styles } from './styles.js';
import { type MediaType, parseMediaType } from './views/media-type.js';
import { showContent, type ViewChoice } from './views/show-content.js';
import type { View } from './views/view.js';

/** Number of characters to format before they are written and other tasks run. */
const PAGE = 64 * 1024;

/** Prints the content of messages up to a line limit, with at most a page in memory. */
export class ContentPrinter {
  private page = '';

  constructor(
    private readonly out: LineSink,
    private readonly styles: Styles,
    private readonly maxLines: number,
    private readonly choice: ViewChoice = 'auto',
  ) {}

  /**
   * Prints the decoded body of an HTTP message, as far as it is available.
   * @param view overrides the view for the media type
   */
  async body(message: Pick<HttpMessage, 'body' | 'headers' | 'timestampEnd'>, view?: View): Promise<void> {
    const { body, headers } = message;
    const missing = !body.kept || isUnknown(message);
    const notes: string[] = missing ? [MISSING] : [];
    const chunks = missing ? none() : decodedOrRaw(body, (note) => notes.push(note));
    await this.show(chunks, parseMediaType(headers.get('content-type')), notes, view);
  }

  /** Prints the content of one message of a WebSocket, TCP or UDP flow. */
  async message(content: Buffer): Promise<void> {
    await this.show(one(content), parseMediaType(undefined), []);
  }

  private async show(chunks: AsyncIterable<Buffer>, type: MediaType, notes: string[], view?: View): Promise<void> {
    const block = new ContentBlock((text) => {
      this.page += text;
    }, this.maxLines);
    try {
      for await (const piece of showContent(chunks, type, view, this.choice)) {
        const wanted = block.write(piece);
        if (this.page.length > PAGE) await this.pass();
        if (!wanted || this.out.closed) break;
      }
    } catch (error) {
      notes.push(`(the rest is missing: ${(error as Error).message})`);
    }
    block.end();
    for (const note of block.cut ? ['(cut off)', ...notes] : notes) block.note(this.styles.faint(safeText(note)));
    this.out.write(`${this.page}\n`);
    this.page = '';
    await this.out.drained();
  }

  private async pass(): Promise<void> {
    this.out.write(this.page);
    this.page = '';
    await (this.out.drained() ?? new Promise((resolve) => setImmediate(resolve)));
  }
}

/** The decoded content; the raw bytes if decoding fails at the start. @throws ContentCodingError if it fails later */
async function* decodedOrRaw(body: Body, note: (text: string) => void): AsyncGenerator<Buffer> {
  let began = false;
  try {
    for await (const chunk of body.chunks((coding) => note(`(the rest is missing: the ${coding} data ends early)`))) {
      began = true;
      yield chunk;
    }
  } catch (error) {
    if (began || !(error instanceof ContentCodingError)) throw error;
    note(`(not decoded: ${error.message})`);
    yield* body.rawChunks();
  }
}

async function* none(): AsyncGenerator<Buffer> {}

async function* one(content: Buffer): AsyncGenerator<Buffer> {
  if (content.length > 0) yield content;
}
