import type { Headers } from '../../../flow/http/headers.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { namesWebSocket } from '../../../flow/http/websocket-handshake.js';
import { decodePairs } from '../../../flow/message/urlencoded.js';
import { type KeyField, unordered } from './key-field.js';
import type { KeyOptions } from './key-options.js';
import type { KeyRules } from './key-rules.js';

/** The fields of a request head that are compared. */
export function headFields(request: HttpRequest, options: KeyOptions, rules: KeyRules | undefined): KeyField[] {
  const { path: target, headers } = request;
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const fields: KeyField[] = [
    { part: 'method', name: '', value: request.method },
    { part: 'scheme', name: '', value: request.scheme },
  ];
  if (!options.ignoreHost) fields.push({ part: 'host', name: '', value: request.prettyHost });
  if (!options.ignorePort) fields.push({ part: 'port', name: '', value: String(request.port) });
  fields.push({ part: 'path', name: '', value: rules ? rules.text(path) : path });
  // A request for a protocol upgrade needs a different answer.
  const upgrade = upgradeOf(headers);
  if (upgrade !== '') fields.push({ part: 'upgrade', name: '', value: upgrade });
  if (mark >= 0) fields.push(...queryFields(target.slice(mark + 1), options, rules));
  // `Range` has a meaning only for GET (RFC 9110 section 14.2); another range is another part of the content.
  if (request.method === 'GET' && !options.useHeaders.includes('range')) addHeader(fields, headers, 'range', rules);
  for (const name of options.useHeaders) addHeader(fields, headers, name, rules);
  return fields;
}

function addHeader(fields: KeyField[], headers: Headers, name: string, rules: KeyRules | undefined): void {
  const value = headers.get(name);
  if (value === undefined || rules?.ignores('header', name)) return;
  fields.push({ part: 'header', name, value: rules ? rules.value('header', name, value) : value });
}

/**
 * `websocket`, or the protocols in `Upgrade` without HTTP/2, which clients offer only in the first request of a connection; mostly
 * empty.
 */
function upgradeOf(headers: Headers): string {
  const value = headers.get('upgrade');
  if (value === undefined) return '';
  if (namesWebSocket(headers)) return 'websocket';
  if (!/(?:^|,)[ \t]*upgrade[ \t]*(?:,|$)/i.test(headers.get('connection') ?? '')) return '';
  const protocols = value.split(',').map((protocol) => protocol.trim().toLowerCase());
  return protocols.filter((protocol) => protocol !== 'h2c' && protocol !== '').join(', ');
}

function queryFields(query: string, { ignoreParams }: KeyOptions, rules: KeyRules | undefined): KeyField[] {
  const fields: KeyField[] = [];
  for (const [name, value] of decodePairs(query)) {
    if (ignoreParams.has(name) || rules?.ignores('param', name)) continue;
    fields.push({ part: 'query', name, value: rules ? rules.value('param', name, value) : value });
  }
  return unordered(fields);
}
