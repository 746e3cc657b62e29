import { ContentCodingError } from '../../../flow/body/content-coding.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import { decodeText } from '../../../flow/text/charset.js';
import { essenceOf } from '../../../flow/text/parameters.js';
import type { SessionPlaces } from '../session-places.js';
import { contentOf } from '../uses/request.js';
import type { Handing } from './handing.js';
import { handHeaders } from './headers.js';
import { handJsonOrNothing, handJsonStream } from './json.js';

/**
 * Hands out the values of a response: of its header fields and, if it can be decoded within the limit, of its content.
 * @param path of the request, which names the resource
 */
export async function handResponse(
  response: HttpResponse,
  path: string,
  { limit, rules, searchesLarge, onTooLarge }: Omit<SessionPlaces, 'names'>,
  handing: Handing,
): Promise<void> {
  handHeaders(response.headers, path, handing);
  const contentType = response.headers.get('content-type');
  const kind = kindOf(essenceOf(contentType));
  const content = kind || !rules.isEmpty ? await contentOf(response, limit) : undefined;
  const isLarge = !content && response.body.size > limit;
  const streams = kind === 'json' && !content && searchesLarge === true && response.body.kept;
  if (kind && isLarge && !(streams && rules.isEmpty)) onTooLarge?.();
  rules.extract(response, content, (...found) => handing.extracted(...found));
  if (streams) return handLargeJson(response, path, handing);
  if (!kind || !content || content.length === 0) return;
  if (kind === 'json' || (kind === 'text' && (content[0] === 0x7b || content[0] === 0x5b))) {
    return handJsonOrNothing(content.toString('latin1'), path, handing);
  }
  if (kind === 'events') return handEvents(content.toString('latin1'), path, handing);
  const text = decodeText(content, contentType);
  if (kind === 'form') return handing.query(text.trim(), path, () => 'form');
  if (kind === 'text') return handWhole(text.trim(), handing);
  // Loaded on first use, because many captures contain no markup.
  const { handHtml, handXml } = await import('./markup.js');
  if (kind === 'html') handHtml(text, path, handing);
  else handXml(text, path, handing);
}

type Kind = 'json' | 'html' | 'xml' | 'form' | 'text' | 'events';

function kindOf(type: string): Kind | undefined {
  if (/[/+](?:json|x-ndjson|jsonl|json-seq|json-lines)$/.test(type)) return 'json';
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html';
  if (/[/+]xml$/.test(type)) return 'xml';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type === 'text/event-stream') return 'events';
  return type === '' || type === 'text/plain' ? 'text' : undefined;
}

/** Content that cannot be decoded to its end has the values before that. */
async function handLargeJson({ body }: HttpResponse, path: string, handing: Handing): Promise<void> {
  try {
    await handJsonStream(body.chunks(), path, handing);
  } catch (error) {
    if (!(error instanceof ContentCodingError)) throw error;
  }
}

/** Hands out content that is a single value, as from a token endpoint. */
function handWhole(text: string, handing: Handing): void {
  if (!/\s/.test(text)) handing.value(text, { name: 'text', keys: [], place: () => 'text' });
}

/** Hands out the data of server-sent events: JSON, a URL or a single value. */
function handEvents(text: string, path: string, handing: Handing): void {
  let count = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (!line.startsWith('data:')) continue;
    const data = line.slice(5).trim();
    const label = `event ${++count}`;
    if (/^[{[]/.test(data)) handJsonOrNothing(data, path, handing, label);
    else if (!/\s/.test(data)) handing.value(data, { name: '', keys: [], place: () => label });
  }
}
