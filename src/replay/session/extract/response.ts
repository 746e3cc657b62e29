import { ContentCodingError } from '../../../flow/body/content-coding.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import { decodeText, streamDecoder } from '../../../flow/text/charset.js';
import { essenceOf } from '../../../flow/text/parameters.js';
import { isCallOrProtobuf } from '../../../protobuf/media-types.js';
import { contentOf } from '../rewrite/request.js';
import type { ValueSettings } from '../value-settings.js';
import { extractFromCall } from './call.js';
import { extractFromHeaders } from './headers.js';
import { extractFromJsonIfValid, jsonSearch } from './json.js';
import type { TextSearch, ValueExtractor } from './value-extractor.js';

/**
 * Extracts the values of a response: of its header fields and, if it can be decoded within the limit, of its content.
 * @param path of the request, which names the resource
 */
export async function extractFromResponse(
  response: HttpResponse,
  path: string,
  { limit, rules, streamsLarge, onTooLarge }: Omit<ValueSettings, 'names'>,
  extractor: ValueExtractor,
): Promise<void> {
  extractFromHeaders(response.headers, path, extractor);
  const contentType = response.headers.get('content-type');
  const kind = isCallOrProtobuf(contentType ?? '') ? 'call' : kindOf(essenceOf(contentType));
  const content = kind || !rules.isEmpty ? await contentOf(response, limit) : undefined;
  const isLarge = !content && response.body.size > limit;
  const streams = !content && isSearchedAsStream(kind) && streamsLarge === true && response.body.kept;
  if (isLarge && kind && (!streams || !rules.isEmpty)) onTooLarge?.();
  rules.extract(response, content, (...found) => extractor.ruleValue(...found));
  if (streams) return extractFromLarge(response, kind!, path, extractor);
  if (!kind || !content || content.length === 0) return;
  if (kind === 'call') return extractFromCall(content, response.headers, path, extractor);
  if (kind === 'json' || (kind === 'text' && (content[0] === 0x7b || content[0] === 0x5b))) {
    return extractFromJsonIfValid(content.toString('latin1'), path, extractor);
  }
  if (kind === 'form') return extractor.query(decodeText(content, contentType).trim(), path, () => 'form');
  if (kind === 'text') return extractWhole(decodeText(content, contentType).trim(), extractor);
  const search = await searchFor(kind, path, extractor);
  search.push(kind === 'events' ? content.toString('latin1') : decodeText(content, contentType));
  search.end();
}

async function searchFor(kind: Kind, path: string, extractor: ValueExtractor): Promise<TextSearch> {
  if (kind === 'json') return jsonSearch(path, extractor);
  if (kind === 'events') return new EventSearch(path, extractor);
  // Loaded on first use, because many captures contain no markup.
  const { htmlSearch, xmlSearch } = await import('./markup.js');
  return kind === 'html' ? htmlSearch(path, extractor) : xmlSearch(path, extractor);
}

type Kind = 'json' | 'html' | 'xml' | 'form' | 'text' | 'events' | 'call';

function kindOf(type: string): Kind | undefined {
  if (/[/+](?:json|x-ndjson|jsonl|json-seq|json-lines)$/.test(type)) return 'json';
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html';
  if (/[/+]xml$/.test(type)) return 'xml';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type === 'text/event-stream') return 'events';
  return type === '' || type === 'text/plain' ? 'text' : undefined;
}

/** Whether content of any size is searched. Large text that is not structured is no value. */
function isSearchedAsStream(kind: Kind | undefined): boolean {
  return kind === 'json' || kind === 'html' || kind === 'xml' || kind === 'events';
}

/** Searches content that is too large for memory. Content that cannot be decoded to its end has the values before that. */
async function extractFromLarge(
  { body, headers }: HttpResponse,
  kind: Kind,
  path: string,
  extractor: ValueExtractor,
): Promise<void> {
  const search = await searchFor(kind, path, extractor);
  // JSON and the data of events are decoded value by value.
  const isText = kind === 'html' || kind === 'xml';
  const decoder = isText ? streamDecoder(headers.get('content-type')) : undefined;
  try {
    for await (const chunk of body.chunks()) {
      search.push(decoder ? decoder.decode(chunk, { stream: true }) : chunk.toString('latin1'));
    }
    if (decoder) search.push(decoder.decode());
    search.end();
  } catch (error) {
    if (!(error instanceof ContentCodingError)) throw error;
  }
}

/** Extracts content that is a single value, as from a token endpoint. */
function extractWhole(text: string, extractor: ValueExtractor): void {
  if (!/\s/.test(text)) extractor.value(text, { name: 'text', keys: [], place: () => 'text' });
}

/** Longer lines of an event stream are skipped. */
const LONGEST_LINE = 1 << 20;

/** Extracts the data of server-sent events: JSON, a URL or a single value. */
class EventSearch implements TextSearch {
  private count = 0;
  private rest = '';
  /** Whether `rest` is the end of a line that is too long. */
  private skips = false;

  constructor(
    private readonly path: string,
    private readonly extractor: ValueExtractor,
  ) {}

  push(text: string): void {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop()!;
    for (const line of lines) this.line(line);
    if (this.rest.length <= LONGEST_LINE) return;
    this.rest = '';
    this.skips = true;
  }

  end(): void {
    for (const line of this.rest.split('\r')) this.line(line);
  }

  private line(line: string): void {
    const isSkipped = this.skips;
    this.skips = false;
    if (isSkipped || !line.startsWith('data:')) return;
    const data = line.slice(5).trim();
    const label = `event ${++this.count}`;
    if (/^[{[]/.test(data)) extractFromJsonIfValid(data, this.path, this.extractor, label);
    else if (!/\s/.test(data)) this.extractor.value(data, { name: '', keys: [], place: () => label });
  }
}
