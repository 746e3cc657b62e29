import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import { trimFolds, trimOws } from '../../../flow/text/white-space.js';
import type { ForwardingProxy } from '../../upstream/server-channel.js';
import { repeatsChunked } from '../body/framing.js';
import type { Head } from './head.js';

/**
 * The field block of a request to forward: without `Proxy-*`, which is hop-by-hop, and with a `Host` if the absolute form
 * made it unnecessary.
 * @param keepsProxyFields the request is meant for another proxy
 * @param ownSettings our `HTTP2-Settings` for `Upgrade: h2c`; without them it is removed
 */
export function forwardedBlock(
  head: Head,
  hostIfMissing: string | undefined,
  keepsProxyFields = false,
  ownSettings?: string,
): Buffer {
  const h2c = head.upgrade !== '' && offersH2c(head);
  const addHost = hostIfMissing !== undefined;
  const repeatsLength = head.contentLength.length > 1;
  // Malformed fields might contain credentials, so they are not recorded either.
  const dropsProxyFields = (head.hasProxyFields || head.violation !== undefined) && !keepsProxyFields;
  if (!dropsProxyFields && !h2c && !addHost && !repeatsLength) return head.block;
  let lines = fieldLines(head.block);
  if (dropsProxyFields) lines = lines.filter((line) => !/^[ \t]*proxy-/i.test(line));
  if (repeatsLength) lines = withOneLength(lines, head);
  if (h2c && ownSettings !== undefined) lines = lines.map((line) => withSettings(line, ownSettings));
  else if (h2c) {
    lines = lines.filter((line) => !/^(upgrade|http2-settings)[ \t]*:/i.test(line));
    lines = lines.map(withoutH2c).filter((line) => line !== '');
  }
  const host = addHost ? `Host: ${hostIfMissing}\r\n` : '';
  return Buffer.from(host + lines.join(''), 'latin1');
}

/**
 * The field block of a response to forward: without the server's `Proxy-*` fields, which are not meant for our client.
 * @param keepsProxyFields the request was meant for another proxy
 */
export function forwardedResponseBlock(head: Head, keepsProxyFields = false): Buffer {
  const repeatsLength = head.contentLength.length > 1;
  const repeatsCoding = repeatsChunked(head);
  const padsLength = head.contentLength.length > 0 && /^0\d/.test(head.contentLength[0]!);
  const dropsProxyFields = head.hasProxyFields && !keepsProxyFields;
  if (!dropsProxyFields && !repeatsLength && !padsLength && !repeatsCoding) return head.block;
  let lines = fieldLines(head.block);
  if (dropsProxyFields) lines = lines.filter((line) => !/^[ \t]*proxy-/i.test(line));
  if (repeatsLength) lines = withOneLength(lines, head);
  // Some clients would read an octal number.
  if (padsLength) lines = lines.map(withoutLeadingZeros);
  if (repeatsCoding) lines = withFirstOnly(lines, 'transfer-encoding');
  return Buffer.from(lines.join(''), 'latin1');
}

export function fieldLines(block: Buffer): string[] {
  return block.toString('latin1').split(/(?<=\r\n)/);
}

/** Keeps the first of several equal lengths (RFC 9110 section 8.6); differing ones are refused elsewhere. */
function withOneLength(lines: string[], { contentLength }: Head): string[] {
  if (contentLength.some((length) => length !== contentLength[0])) return lines;
  return withFirstOnly(lines, 'content-length');
}

function withoutLeadingZeros(line: string): string {
  return isField(line, 'content-length') ? line.replace(/:([ \t]*)0+(?=\d)/, ':$1') : line;
}

/** @param name in lower case */
function withFirstOnly(lines: string[], name: string): string[] {
  const first = lines.findIndex((line) => isField(line, name));
  return lines.filter((line, at) => at === first || !isField(line, name));
}

/** Whether `Upgrade` lists `h2c`. */
export function offersH2c({ upgrade }: Head): boolean {
  return upgrade.split(',').some((protocol) => protocol.trim() === 'h2c');
}

/** The values of a field, one a line. @param name in lower case */
export function fieldValues(block: Buffer, name: string): string[] {
  const lines = fieldLines(block).filter((line) => isField(line, name));
  return lines.map((line) => line.slice(line.indexOf(':') + 1).trim());
}

function withSettings(line: string, settings: string): string {
  return isField(line, 'http2-settings') ? `${line.slice(0, line.indexOf(':') + 1)} ${settings}\r\n` : line;
}

function withoutH2c(line: string): string {
  if (!isField(line, 'connection')) return line;
  const colon = line.indexOf(':');
  const options = line.slice(colon + 1).split(',');
  const kept = options.filter((option) => !H2C_OPTIONS.includes(trimFolds(option).toLowerCase()));
  if (kept.length === options.length) return line;
  return kept.length > 0 ? `${line.slice(0, colon + 1)} ${trimFolds(kept.join(','))}\r\n` : '';
}

/** Connection options that belong to `Upgrade: h2c` (RFC 7540 section 3.2). */
const H2C_OPTIONS: readonly string[] = ['upgrade', 'http2-settings'];

/** Whether a field line has this name. @param name in lower case */
export function isField(line: string, name: string): boolean {
  return trimOws(line, 0, Math.max(0, line.indexOf(':'))).toLowerCase() === name;
}

/**
 * A request head: in origin form, or in absolute form with `Proxy-Authorization` for a forwarding proxy.
 * @param prefix the part of the request target before the path, where the request is meant for another proxy
 */
export function requestHead(request: HttpRequest, forwarder?: ForwardingProxy, prefix = ''): Buffer {
  const version = request.httpVersion;
  const block = request.headers.bytes;
  if (forwarder) {
    const { authorization } = forwarder;
    const authorized = authorization === undefined ? block : withField(block, authorization);
    return assemble(`${request.method} ${request.url} ${version}\r\n`, authorized);
  }
  const path = prefix !== '' && request.path === '*' ? '' : request.path;
  return assemble(`${request.method} ${prefix}${path} ${version}\r\n`, block);
}

function withField(block: Buffer, authorization: string): Buffer {
  return Buffer.concat([block, Buffer.from(`Proxy-Authorization: ${authorization}\r\n`, 'latin1')]);
}

/** The head of a response to a client. */
export function responseHead(response: HttpResponse): Buffer {
  return assemble(`${response.httpVersion} ${response.statusCode} ${response.reason}\r\n`, response.headers.bytes);
}

function assemble(line: string, block: Buffer): Buffer {
  const head = Buffer.allocUnsafe(line.length + block.length + 2);
  head.write(line, 0, 'latin1');
  block.copy(head, line.length);
  head.write('\r\n', line.length + block.length, 'latin1');
  return head;
}
