import type { Flow, HttpFlow } from '../flow/flow.js';
import type { Headers } from '../flow/http/headers.js';
import type { HttpMessage } from '../flow/http/http-message.js';
import { toWire } from '../flow/text/wire-text.js';
import { redactContent } from './body/content.js';
import { headerEdits } from './headers.js';
import { redactUrl } from './pairs.js';
import { Searcher } from './searcher.js';
import type { Replace } from './text/scan.js';

/** Tells whether the default rules find a secret. It keeps no secrets and makes no placeholders. */
export class SecretDetector {
  private readonly searcher = new Searcher();
  private found = false;

  /** In header and trailer fields of a message. */
  inHead(message: HttpMessage): boolean {
    return this.inHeaders(message.headers) || (message.trailers !== undefined && this.inHeaders(message.trailers));
  }

  /** In the target of a request. */
  inTarget({ request }: HttpFlow): boolean {
    if (/^(?!\[redacted:)[^@]*@/.test(request.authority)) return true;
    return this.search(() => redactUrl(this.searcher.scanner, request.path, this.note));
  }

  /** In what the proxy and addons have attached: error, comment, marker, metadata, the certificate of the client. */
  inNotes({ error, comment, marked, metadata, client }: Flow): boolean {
    if (client.tls !== undefined && client.tls.certificates.length > 0) return true;
    const { redacted: _, ...others } = metadata;
    const texts = [error?.message ?? '', comment, marked, client.error ?? '', notesText(others)];
    return texts.some((text) => text !== '' && this.inText(text));
  }

  /** In decoded content. @param type the value of `Content-Type` */
  inContent(content: Buffer, type: string | undefined): boolean {
    const kind = this.searcher.kinds.of(type, content);
    return this.search(() => redactContent(this.searcher, content, kind, this.note, () => {}));
  }

  inHeaders(headers: Headers): boolean {
    return this.search(() => headerEdits(this.searcher, headers.bytes, this.note));
  }

  private inText(text: string): boolean {
    return this.search(() => this.searcher.scanner.redactText(toWire(text), 'data', this.note));
  }

  private search(run: () => unknown): boolean {
    this.found = false;
    run();
    return this.found;
  }

  private readonly note: Replace = () => {
    this.found = true;
    return '[redacted:000000]';
  };
}

/** Buffers and other values without a JSON form are no text. */
function notesText(metadata: Record<string, unknown>): string {
  if (Object.keys(metadata).length === 0) return '';
  return JSON.stringify(metadata, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
