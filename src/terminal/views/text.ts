import { isUtf8 } from 'node:buffer';
import { documentDecoder } from '../../flow/text/charset.js';
import type { MediaType } from './media-type.js';
import type { StreamView } from './view.js';

/** Plain text, in the charset of its type or its beginning, else UTF-8; invalid sequences become U+FFFD. */
export const textView: StreamView = {
  name: 'text',
  whole: false,
  matchesType: isTextType,
  matchesContent: looksLikeText,
  async *format(chunks, type) {
    let decoder: InstanceType<typeof TextDecoder> | undefined;
    for await (const chunk of chunks) {
      decoder ??= textDecoder(chunk, type);
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder?.decode() ?? '';
  },
};

/** A decoder for the charset of a type or of the content; UTF-8 without a known charset. @param head the first bytes */
function textDecoder(head: Buffer, type: MediaType): InstanceType<typeof TextDecoder> {
  return documentDecoder(head, type.parameter('charset'), type.essence);
}

/** The whole content as text. */
export function decoded(content: Buffer, type: MediaType): string {
  return textDecoder(content, type).decode(content);
}

/** Bytes at the start of content that are examined to recognise it. */
export const SAMPLE = 4096;
/** Text has at most one control character in this many bytes. */
const CONTROL_RATIO = 20;

/**
 * Whether content is text. With a text type or a charset, it may have a few control characters and need not be valid UTF-8;
 * without, it must also be valid UTF-8.
 * @param head the first bytes; fewer than `SAMPLE` only if that is the whole content
 */
export function looksLikeText(head: Buffer, type: MediaType): boolean {
  const sample = head.subarray(0, SAMPLE);
  const charset = type.parameter('charset')?.toLowerCase();
  const isDeclared = charset !== undefined || isTextType(type);
  // In UTF-16 most characters have a zero byte, so the test below does not apply. The byte order mark alone may be by chance.
  if (isDeclared && textDecoder(sample, type).encoding.startsWith('utf-16')) return true;
  let controls = 0;
  for (const byte of sample) {
    if (byte === 0) return false;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d && byte !== 0x1b) controls++;
  }
  if (controls * CONTROL_RATIO > sample.length) return false;
  return isDeclared || isUtf8Start(sample);
}

function isTextType({ essence }: MediaType): boolean {
  if (essence.startsWith('text/') || TEXT_TYPES.has(essence)) return true;
  const syntax = essence.slice(Math.max(essence.indexOf('/'), essence.lastIndexOf('+')) + 1);
  return syntax === 'xml' || syntax === 'yaml';
}

const TEXT_TYPES: ReadonlySet<string> = new Set(
  `javascript x-javascript ecmascript x-ecmascript x-yaml x-ndjson jsonl graphql toml sql x-sh xml-dtd x-pem-file
    pem-certificate-chain`
    .split(/\s+/)
    .map((subtype) => `application/${subtype}`),
);

function isUtf8Start(sample: Buffer): boolean {
  if (sample.length < SAMPLE) return isUtf8(sample);
  try {
    // `stream` allows an incomplete character at the end.
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    return true;
  } catch {
    return false;
  }
}
