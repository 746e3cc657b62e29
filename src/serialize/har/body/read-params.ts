import { createHash } from 'node:crypto';
import { escapeName } from '../../../flow/message/multipart-part.js';
import { essenceOf, parameterOf } from '../../../flow/text/parameters.js';
import type { Fields } from '../../json/fields.js';
import type { Omissions } from '../../shared/omissions.js';
import { scalarText } from '../entry/read-headers.js';
import type { HarBody } from './har-body.js';

interface Param {
  name: string;
  value: unknown;
  fileName: string | undefined;
  contentType: string | undefined;
}

/**
 * Builds the body of a request from the `params` of a HAR when the body itself is missing.
 * @param type of the request's content; if unknown, a form is URL-encoded
 * @returns undefined without parameters, or the type cannot represent them
 */
export function bodyOfParams(postData: Fields, type: string, omissions: Omissions): HarBody | undefined {
  const params = postData.objects('params').map(readParam);
  if (params.length === 0) return undefined;
  const mediaType = essenceOf(type);
  if (mediaType === 'multipart/form-data') {
    if (params.some(({ fileName, value }) => fileName !== undefined && value === undefined)) {
      omissions.note('notKept', postData.name('params'));
    }
    return multipart(params, type);
  }
  if (/[/+]json$/.test(mediaType)) return { body: JSON.stringify(jsonOf(params)) };
  if (mediaType === 'text/plain') return { body: params.map((param) => `${param.name}=${textOf(param)}\r\n`).join('') };
  if (mediaType === '' || mediaType === 'application/x-www-form-urlencoded') {
    const form = new URLSearchParams(params.map((param): [string, string] => [param.name, textOf(param)])).toString();
    return mediaType === '' ? { body: form, contentType: 'application/x-www-form-urlencoded' } : { body: form };
  }
  postData.note('params', 'cannot be represented in this content type');
  return undefined;
}

function readParam(param: Fields): Param {
  const name = scalarText(param.any('name'));
  if (name === undefined && param.any('name') !== undefined) param.note('name', 'is not text');
  return {
    name: name ?? '',
    value: param.any('value'),
    fileName: param.text('fileName'),
    contentType: param.text('contentType'),
  };
}

/** Values other than text are converted to JSON. */
function textOf({ value }: Param): string {
  if (value === undefined) return '';
  return scalarText(value) ?? JSON.stringify(value);
}

/** The parts of a form (RFC 7578), named as browsers do. */
function multipart(params: readonly Param[], type: string): HarBody {
  const named = /^[^\r\n]{1,70}$/.exec(parameterOf(type, 'boundary') ?? '')?.[0];
  const parts = params.map((param) => {
    const file = param.fileName === undefined ? '' : `; filename="${escapeName(param.fileName)}"`;
    const ofType = param.contentType ? `\r\nContent-Type: ${param.contentType.replace(/[\r\n]+/g, ' ')}` : '';
    return `\r\nContent-Disposition: form-data; name="${escapeName(param.name)}"${file}${ofType}\r\n\r\n${textOf(param)}\r\n`;
  });
  const boundary = named ?? unusedBoundary(parts);
  const body = `${parts.map((part) => `--${boundary}${part}`).join('')}--${boundary}--\r\n`;
  return named ? { body } : { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

/** The boundary is deterministic. Parts cannot contain it, as they cannot contain their own hash. */
function unusedBoundary(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return `----FormBoundary${hash.digest('hex').slice(0, 32)}`;
}

/**
 * Restores JSON whose top level was turned into parameters, as chrome-har does: the items of a list become parameters
 * of the same name; the items of a top-level list are named by their indices.
 */
function jsonOf(params: readonly Param[]): unknown {
  const members = new Map<string, unknown>();
  const lists = new Map<string, unknown[]>();
  for (const { name, value = null } of params) {
    const list = lists.get(name);
    if (list) list.push(value);
    else if (members.has(name)) {
      const made = [members.get(name), value];
      lists.set(name, made);
      members.set(name, made);
    } else members.set(name, value);
  }
  const names = [...members.keys()];
  if (names.every((name, at) => name === String(at))) return [...members.values()];
  return Object.fromEntries(members);
}
