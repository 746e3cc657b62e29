import { createHash } from 'node:crypto';
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
 * Builds the body of a request from the `params` of a HAR, where the body itself is not there.
 * @param type of the request's content; if it is unknown, a form is URL-encoded
 * @returns undefined if there are none, or the type has no form for them
 */
export function bodyOfParams(postData: Fields, type: string, omissions: Omissions): HarBody | undefined {
  const params = postData.objects('params').map(readParam);
  if (params.length === 0) return undefined;
  const mediaType = /^[^;]*/.exec(type)![0].trim().toLowerCase();
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
  postData.note('params', 'cannot be content of this type');
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

/** Values that are no text stand as their JSON. */
function textOf({ value }: Param): string {
  if (value === undefined) return '';
  return scalarText(value) ?? JSON.stringify(value);
}

/** Parts of a form (RFC 7578), named as browsers do. */
function multipart(params: readonly Param[], type: string): HarBody {
  const named = /;\s*boundary\s*=\s*(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(type);
  const parts = params.map((param) => {
    const file = param.fileName === undefined ? '' : `; filename="${quoted(param.fileName)}"`;
    const ofType = param.contentType ? `\r\nContent-Type: ${param.contentType.replace(/[\r\n]+/g, ' ')}` : '';
    return `\r\nContent-Disposition: form-data; name="${quoted(param.name)}"${file}${ofType}\r\n\r\n${textOf(param)}\r\n`;
  });
  const boundary = named?.[1] ?? named?.[2] ?? unusedBoundary(parts);
  const body = `${parts.map((part) => `--${boundary}${part}`).join('')}--${boundary}--\r\n`;
  return named ? { body } : { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

/** The same for the same parts, which cannot have their own hash in them. */
function unusedBoundary(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return `----FormBoundary${hash.digest('hex').slice(0, 32)}`;
}

/** As the HTML standard escapes names of form parts. */
function quoted(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/**
 * The JSON whose top level was made parameters, as chrome-har does: the items of a list become parameters of the same
 * name, a list as a whole gets its indices as names.
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
