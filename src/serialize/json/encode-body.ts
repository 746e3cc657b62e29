import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { type Content, contentText, smallContent, surveyContent } from './content.js';
import { encodeBase64 } from './text/base64.js';
import type { JsonPieces } from './text/json-pieces.js';

/** Adds the members for the body of a message, each with a comma before it. The content comes last. */
export function encodeBody(out: JsonPieces, message: HttpRequest | HttpResponse): void {
  const { body } = message;
  out.add(`,"bodySize":${body.size}`);
  if (!body.complete) out.add(',"bodyComplete":false');
  if (body.size === 0 || !body.kept) return;
  const content = smallContent(message);
  if (content) {
    if (content.cut) out.add(DECODED_IN_PART);
    out.add(content.utf8 ? `,"body":${textOf(content)}` : `,"bodyBase64":"${content.bytes!.toString('base64')}"`);
  }
  if (content?.decoded) out.add(`,"encodedBodyBase64":"${body.stored!.buffer!.toString('base64')}"`);
  if (!content) out.addLater(() => largeBody(message));
}

/**
 * A member whose value is a string that is made piece by piece.
 * @param onFailure more members, for a string that ends early because it cannot be made
 */
export async function* stringMember(
  key: string,
  pieces: AsyncIterable<Buffer>,
  onFailure = '',
): AsyncGenerator<Buffer> {
  yield Buffer.from(`,"${key}":"`);
  try {
    yield* pieces;
  } catch (error) {
    yield Buffer.from(`"${onFailure}`);
    throw error;
  }
  yield Buffer.from('"');
}

const DECODED_IN_PART = ',"bodyDecoded":"incomplete"';

function textOf(content: Content): string {
  return JSON.stringify(content.bytes!.toString('utf8'));
}

async function* largeBody(message: HttpRequest | HttpResponse): AsyncGenerator<Buffer> {
  const { body } = message;
  const cutOff = body.complete ? ',"bodyComplete":false' : '';
  const content = await surveyContent(message);
  if (content.cut) yield Buffer.from(DECODED_IN_PART);
  yield* stringMember(content.utf8 ? 'body' : 'bodyBase64', contentText(content, content.utf8), cutOff);
  if (content.decoded) yield* stringMember('encodedBodyBase64', encodeBase64(body.rawChunks()), cutOff);
}
