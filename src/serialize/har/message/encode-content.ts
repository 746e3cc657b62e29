import { Readable } from 'node:stream';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import { charsetOf } from '../../../flow/text/charset.js';
import { essenceOf } from '../../../flow/text/parameters.js';
import { stringMember } from '../../json/body.js';
import { type Content, contentText, smallContent, surveyContent } from '../../json/content.js';
import { encodeBase64 } from '../../json/text/base64.js';
import { type JsonPieces, members } from '../../json/text/json-pieces.js';
import { WORDS_LIMIT } from '../body/is-base64.js';
import { type HarExtras, restore } from '../extras.js';
import { queryParameters } from '../har-url.js';
import { mimeTypeOf } from './entry-heads.js';

/** Forms up to this size are also written as parameters. */
const FORM_LIMIT = 64 * 1024;

/**
 * Adds the body of a request as `,"postData":{…}`, unless it is empty. Binary content is written as `_base64`, because HAR has
 * no member for it.
 * @returns a function that writes the encoded bytes to `_tsdump`, if they differ from the content
 */
export function encodePostData(
  out: JsonPieces,
  request: HttpRequest,
  extras: HarExtras | undefined,
): EncodedBody | undefined {
  const { body } = request;
  if (body.size === 0 || !body.kept) {
    if (extras?.kept?.postData) out.add(`,"postData":{${members(extras.kept.postData)}}`);
    return undefined;
  }
  const mimeType = mimeTypeOf(request);
  return encodeContent(out, request, {
    open: (content) => {
      const text = isText(content, mimeType);
      const params = formOf(content, mimeType);
      const _incomplete = content.cut || !body.complete || undefined;
      const head = restore(extras, 'postData', { mimeType, params, _incomplete });
      return `,"postData":{${members({ ...head, text: text ? undefined : '' })}`;
    },
    key: (content) => (isText(content, mimeType) ? 'text' : '_base64'),
    isText: (content) => isText(content, mimeType),
  });
}

/** Adds the body of a response as `,"content":{…}`. @returns as `encodePostData` */
export function encodeResponseContent(
  out: JsonPieces,
  response: HttpResponse,
  extras: HarExtras | undefined,
): EncodedBody | undefined {
  const { body } = response;
  const mimeType = mimeTypeOf(response);
  if (!body.kept) {
    out.add(`,"content":{${members(restore(extras, 'content', { size: body.size, mimeType }))}}`);
    return undefined;
  }
  return encodeContent(out, response, {
    open: (content) => {
      const { size, decoded } = content;
      const encoding = isText(content, mimeType) ? undefined : 'base64';
      const compression = decoded ? size - body.size : undefined;
      const _incomplete = content.cut || !body.complete || undefined;
      const head = restore(extras, 'content', { size, compression, mimeType, _incomplete });
      // Readers take short base64 of another size for a placeholder, unless the size is unknown (-1).
      if (encoding && size < WORDS_LIMIT && Number(head.size) > 0) head.size = size;
      return `,"content":{${members({ ...head, encoding })}`;
    },
    key: () => 'text',
    isText: (content) => isText(content, mimeType),
  });
}

/** Content that cannot be read. */
const NOTHING: Content = {
  decoded: false,
  cut: false,
  size: 0,
  utf8: true,
  ascii: true,
  bytes: undefined,
  chunks: () => Readable.from([]),
};

const CUT_OFF = ',"bodyComplete":false';

/** Writes the bytes of the wire, if a content coding was removed for the HAR. */
export type EncodedBody = (out: JsonPieces) => void;

interface ContentForm {
  open: (content: Content) => string;
  key: (content: Content) => string;
  isText: (content: Content) => boolean;
}

function encodeContent(
  out: JsonPieces,
  message: HttpRequest | HttpResponse,
  form: ContentForm,
): EncodedBody | undefined {
  const { body } = message;
  const content = smallContent(message);
  if (content) {
    const bytes = content.bytes!;
    const text = form.isText(content) ? JSON.stringify(bytes.toString('utf8')) : `"${bytes.toString('base64')}"`;
    out.add(`${form.open(content)},"${form.key(content)}":${text}}`);
    if (!content.decoded) return undefined;
    return (to) => to.add(`,"encodedBodyBase64":"${body.stored!.buffer!.toString('base64')}"`);
  }
  return encodeLarge(out, message, form);
}

/** Reads content twice: first to describe it, then to write it. */
function encodeLarge(out: JsonPieces, message: HttpRequest | HttpResponse, form: ContentForm): EncodedBody {
  const { body } = message;
  let surveyed = NOTHING;
  let cutOff = false;
  out.addLater(async function* () {
    try {
      surveyed = await surveyContent(message);
    } catch (error) {
      yield Buffer.from(`${form.open(NOTHING)}}`);
      throw error;
    }
    yield Buffer.from(form.open(surveyed));
    try {
      yield* stringMember(form.key(surveyed), contentText(surveyed, form.isText(surveyed)));
    } catch (error) {
      cutOff = true;
      yield Buffer.from('}');
      throw error;
    }
    yield Buffer.from('}');
  });
  return (to) =>
    to.addLater(async function* () {
      if (cutOff && body.complete) yield Buffer.from(CUT_OFF);
      else if (surveyed.decoded) yield* stringMember('encodedBodyBase64', encodeBase64(body.rawChunks()), CUT_OFF);
    });
}

/**
 * Whether the content can be written as text: it is UTF-8 and not declared as binary. A reader encodes it again in the charset
 * that the type names.
 */
function isText(content: Content, mimeType: string): boolean {
  const charset = charsetOf(mimeType)?.toLowerCase() ?? 'utf-8';
  if (charset === 'utf-8' || charset === 'utf8') return content.utf8;
  return content.ascii && !charset.startsWith('utf-');
}

function formOf(content: Content, mimeType: string): { name: string; value: string }[] | undefined {
  const isForm = essenceOf(mimeType) === 'application/x-www-form-urlencoded';
  if (!isForm || !content.bytes || content.size > FORM_LIMIT) return undefined;
  return queryParameters(content.bytes.toString('utf8'));
}
