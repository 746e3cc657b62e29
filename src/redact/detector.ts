import type { Flow, HttpFlow } from '../flow/flow.js';
import type { Headers } from '../flow/http/headers.js';
import type { HttpMessage } from '../flow/http/http-message.js';
import { toWire } from '../flow/text/wire-text.js';
import { redactContent } from './body/content.js';
import { headerEdits } from './headers.js';
import { redactUrl } from './pairs.js';
import { Searcher } from './searcher.js';
import type { Replace } from './text/scan.js';

/** Checks flows for secrets by the default rules. It stores no secrets and generates no placeholders. */
export class SecretDetector {
  private readonly searcher = new Searcher();
  private found = false;

  /** Whether a secret is in the header or trailer fields of a message. */
  inHead(message: HttpMessage): boolean {
    return this.inHeaders(message.headers) || (message.trailers !== undefined && this.inHeaders(message.trailers));
  }

  /** Whether a secret is in the authority or the path of a request. */
  inTarget({ request }: HttpFlow): boolean {
    if (/^(?!\[redacted:)[^@]*@/.test(request.authority)) return true;
    return this.search(() => redactUrl(this.searcher.scanner, request.path, this.note));
  }

  /** Whether a secret is in data that the proxy or an addon added: error, comment, marker, metadata, client certificate. */
  inNotes({ error, comment, marked, metadata, client }: Flow): boolean {
    if (client.tls !== undefined && client.tls.certificates.length > 0) return true;
    const { redacted: _, ...others } = metadata;
    const texts = [error?.message ?? '', comment, marked, client.error ?? '', notesText(others)];
    return texts.some((text) => text !== '' && this.inText(text));
  }

  /** Whether a secret is in decoded content. @param type the value of `Content-Type` */
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

/** The metadata as JSON, for the search. The bytes of buffers are not searched. */
function notesText(metadata: Record<string, unknown>): string {
  if (Object.keys(metadata).length === 0) return '';
  return JSON.stringify(metadata, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
