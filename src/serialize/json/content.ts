import { isAscii, isUtf8 } from 'node:buffer';
import { BodyMissingError } from '../../flow/body/body.js';
import {
  ContentCodingError,
  decodeAtOnce,
  decodeStream,
  type OnCut,
  parseContentEncoding,
} from '../../flow/body/content-coding.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { encodeBase64 } from './text/base64.js';
import { CharacterCutter } from './text/character-cutter.js';

/** Bodies up to this size are processed synchronously if they are in memory. */
const SMALL_BODY = 256 * 1024;
const SMALL_CONTENT = 1024 * 1024;

/** The content of a message in JSON: decoded if possible, as text if it is UTF-8. */
export interface Content {
  /** Whether a content coding was removed, so that the wire's bytes differ. */
  decoded: boolean;
  /** Whether the encoded bytes end early, so that part of the content is missing. */
  cut: boolean;
  /** In bytes. */
  size: number;
  utf8: boolean;
  ascii: boolean;
  /** The whole content, if it is small. */
  bytes: Buffer | undefined;
  chunks(): AsyncIterable<Buffer>;
}

/** The content of a body that is small and in memory; otherwise undefined. */
export function smallContent({ body, headers }: HttpRequest | HttpResponse): Content | undefined {
  const stored = body.stored ? body.stored.buffer : Buffer.alloc(0);
  if (!stored || stored.length > SMALL_BODY) return undefined;
  const codings = parseContentEncoding(headers.get('content-encoding'));
  if (codings.length === 0 || stored.length === 0) return contentOf(stored, false);
  try {
    let cut = false;
    const onCut = () => {
      cut = true;
    };
    const bytes = decodeAtOnce(stored, codings, SMALL_CONTENT, onCut);
    return bytes && bytes.length < SMALL_CONTENT ? contentOf(bytes, true, cut) : undefined;
  } catch {
    return contentOf(stored, false);
  }
}

/** Describes the content of any body by reading it once. @throws Error if it cannot be read */
export async function surveyContent({ body, headers }: HttpRequest | HttpResponse): Promise<Content> {
  if (!body.kept) throw new BodyMissingError();
  const codings = parseContentEncoding(headers.get('content-encoding'));
  if (codings.length > 0) {
    try {
      return await survey((onCut) => decodeStream(body.rawChunks(), codings, onCut), true);
    } catch (error) {
      if (!(error instanceof ContentCodingError)) throw error;
    }
  }
  return survey(() => body.rawChunks(), false);
}

/** Escapes text for a JSON string, piece by piece and without the quotes. */
export async function* escapeText(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const cutter = new CharacterCutter();
  for await (const chunk of chunks) {
    const whole = cutter.push(chunk);
    if (whole.length > 0) yield escaped(whole);
  }
  const rest = cutter.end();
  if (rest.length > 0) yield escaped(rest);
}

/** The content as the text of a JSON string, or in base64. */
export function contentText(content: Content, asText: boolean): AsyncIterable<Buffer> {
  return asText ? escapeText(content.chunks()) : encodeBase64(content.chunks());
}

function contentOf(bytes: Buffer, decoded: boolean, cut = false): Content {
  const utf8 = isUtf8(bytes);
  const ascii = utf8 && isAscii(bytes);
  return { decoded, cut, size: bytes.length, utf8, ascii, bytes, chunks: () => once(bytes) };
}

async function survey(chunks: (onCut?: OnCut) => AsyncIterable<Buffer>, decoded: boolean): Promise<Content> {
  const cutter = new CharacterCutter();
  let size = 0;
  let utf8 = true;
  let ascii = true;
  let cut = false;
  const onCut = () => {
    cut = true;
  };
  for await (const chunk of chunks(onCut)) {
    size += chunk.length;
    if (!utf8) continue;
    utf8 = isUtf8(cutter.push(chunk));
    ascii &&= isAscii(chunk);
  }
  utf8 &&= cutter.end().length === 0;
  return { decoded, cut, size, utf8, ascii: utf8 && ascii, bytes: undefined, chunks: () => chunks() };
}

function escaped(bytes: Buffer): Buffer {
  return Buffer.from(JSON.stringify(bytes.toString('utf8')).slice(1, -1));
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
