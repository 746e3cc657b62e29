import type { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { type RequestUrl, requestUrl } from './request-url.js';
import { type ShellCommand, shellArgument } from './shell-text.js';

/** Fields that HTTPie sends unless they are unset. */
const DEFAULT_FIELDS = ['User-Agent', 'Accept-Encoding', 'Accept', 'Connection'];

/**
 * The HTTPie command for a request. HTTPie itself normalises URLs and methods, and speaks HTTP/1.1 only.
 * @returns undefined if it cannot send the request
 */
export function httpieCommand(flow: HttpFlow): ShellCommand | undefined {
  const { request } = flow;
  if (!request.path.startsWith('/')) return undefined;
  const url = requestUrl(flow, { byName: false, keepAddress: false });
  const isChunked = /(?:^|,)\s*chunked\s*$/i.test(request.headers.get('transfer-encoding') ?? '');
  const hasBody = request.body.size > 0 && request.body.kept;
  const words = ['http', '--path-as-is'];
  if (isChunked && hasBody) words.push('--chunked');
  const last = [
    shellArgument(request.method),
    shellArgument(`${url.scheme}://${url.authority}${asciiPath(request.path)}`),
  ];
  for (const item of fieldItems(request, url, hasBody)) last.push(shellArgument(item));
  // Otherwise HTTPie would read a body from stdin.
  if (!hasBody) words.push('--ignore-stdin');
  return { words, textWords: (argument) => ['--ignore-stdin', `--raw=${argument}`], stdinWords: [], last };
}

function fieldItems({ headers, body }: HttpRequest, { hostField }: RequestUrl, hasBody: boolean): string[] {
  const items: string[] = [];
  if (hostField) items.push(fieldItem('Host', hostField));
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (key === 'host' || key === 'transfer-encoding' || (key === 'content-length' && (hasBody || body.size > 0)))
      continue;
    items.push(fieldItem(name, value));
  }
  const leaveOut = hasBody ? [...DEFAULT_FIELDS, 'Content-Type'] : DEFAULT_FIELDS;
  for (const name of leaveOut) if (!headers.has(name)) items.push(`${name}:`);
  return items;
}

/** A request item; a character that would be part of the separator is escaped. */
function fieldItem(name: string, value: string): string {
  if (value === '') return `${name};`;
  const text = value.replace(/\r?\n[ \t]*/g, ' ');
  return `${name}:${text.replace(/^[=@:]/, '\\$&')}`;
}

/** HTTPie takes arguments for UTF-8, so other bytes are percent-encoded. */
function asciiPath(path: string): string {
  return path.replace(/[\x80-\xff]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
