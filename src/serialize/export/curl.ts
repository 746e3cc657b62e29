import { isIPv6 } from 'node:net';
import type { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { type RequestUrl, requestUrl } from './request-url.js';
import { type ShellCommand, shellArgument } from './shell-text.js';

/** Paths that curl sends unchanged. Others need `--request-target`. */
const PLAIN_PATH = /^\/[\w.~!$&'()*+,;=:@%/?[\]{}-]*$/;
/** Segments that curl would resolve. */
const DOT_SEGMENT = /\/\.{1,2}(?:[/?]|$)|%2e/i;
/** Characters that curl's globbing would expand. */
const GLOB = /[[\]{}]/;
/** For a longer body, curl waits for a 100. */
const EXPECTS = 1024;

/**
 * The curl command for a request: the same method, target, header fields, version and body.
 * @param keepAddress connect to the recorded address
 */
export function curlCommand(flow: HttpFlow, keepAddress: boolean): ShellCommand {
  const { request } = flow;
  const url = requestUrl(flow, { byName: true, keepAddress });
  const isChunked = /(?:^|,)\s*chunked\s*$/i.test(request.headers.get('transfer-encoding') ?? '');
  const hasBody = (request.body.size > 0 && request.body.kept) || isChunked;
  const words = ['curl', ...versionOptions(request), ...methodOptions(request, hasBody)];
  for (const field of fieldTexts(request, url, hasBody, isChunked)) words.push('-H', shellArgument(field));
  if (request.headers.has('accept-encoding')) words.push('--compressed');
  words.push(...addressOptions(url));
  // A chunked request with an empty body.
  if (isChunked && request.body.size === 0) words.push('--data-raw', "''");
  return {
    words,
    textWords: (argument) => ['--data-raw', argument],
    stdinWords: ['--data-binary', '@-'],
    last: urlWords(request, url),
  };
}

function versionOptions({ httpVersion, scheme }: HttpRequest): string[] {
  if (httpVersion === 'HTTP/1.0') return ['--http1.0'];
  if (httpVersion.startsWith('HTTP/2')) return [scheme === 'https' ? '--http2' : '--http2-prior-knowledge'];
  if (httpVersion.startsWith('HTTP/3')) return ['--http3'];
  // Without TLS, HTTP/1.1 is the default.
  return scheme === 'https' ? ['--http1.1'] : [];
}

function methodOptions({ method }: HttpRequest, hasBody: boolean): string[] {
  if (method === (hasBody ? 'POST' : 'GET')) return [];
  // With `-X HEAD`, curl would wait for the body of the response.
  if (method === 'HEAD' && !hasBody) return ['--head'];
  return ['-X', shellArgument(method)];
}

/** The arguments of `-H`: the fields of the request, and empty ones to suppress the fields that curl adds by default. */
function fieldTexts(
  { headers, body, httpVersion }: HttpRequest,
  { hostField }: RequestUrl,
  hasBody: boolean,
  isChunked: boolean,
): string[] {
  const fields: string[] = [];
  const isOld = httpVersion.startsWith('HTTP/1');
  if (isOld && !headers.has('host')) fields.push('Host:');
  else if (hostField !== undefined && (isOld || hostField !== '')) fields.push(fieldText('Host', hostField, 'Host;'));
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (key === 'host' || (key === 'content-length' && (hasBody || body.size > 0))) continue;
    fields.push(fieldText(name, value, `${name};`));
  }
  const leaveOut = ['User-Agent', 'Accept'];
  if (hasBody) leaveOut.push('Content-Type');
  if (hasBody && (isChunked || body.size > EXPECTS)) leaveOut.push('Expect');
  for (const name of leaveOut) if (!headers.has(name)) fields.push(`${name}:`);
  return fields;
}

function fieldText(name: string, value: string, empty: string): string {
  // A folded value (RFC 9112 section 5.2) is sent on one line.
  return value === '' ? empty : `${name}: ${value.replace(/\r?\n[ \t]*/g, ' ')}`;
}

function addressOptions({ host, port, address }: RequestUrl): string[] {
  if (!address) return [];
  const to = isIPv6(address.host) ? `[${address.host}]` : address.host;
  if (address.port === port) return ['--resolve', shellArgument(`${host}:${port}:${to}`)];
  return ['--connect-to', shellArgument(`${host}:${port}:${to}:${address.port}`)];
}

function urlWords({ path }: HttpRequest, { scheme, authority }: RequestUrl): string[] {
  if (!PLAIN_PATH.test(path))
    return ['--request-target', shellArgument(path), shellArgument(`${scheme}://${authority}/`)];
  const words: string[] = [];
  if (GLOB.test(path) || authority.includes('[')) words.push('-g');
  if (DOT_SEGMENT.test(path)) words.push('--path-as-is');
  return [...words, shellArgument(`${scheme}://${authority}${path}`)];
}
