import type { HttpRequest } from '../../../flow/http/http-request.js';
import { namesWebSocket } from '../../../flow/http/websocket-handshake.js';
import { type KeyField, unordered } from './key-field.js';
import type { KeyOptions } from './key-options.js';

/** What counts of the head of a request. */
export function headFields(request: HttpRequest, options: KeyOptions): KeyField[] {
  const { path, headers } = request;
  const mark = path.indexOf('?');
  const fields: KeyField[] = [
    { part: 'method', name: '', value: request.method },
    { part: 'scheme', name: '', value: request.scheme },
  ];
  if (!options.ignoreHost) fields.push({ part: 'host', name: '', value: request.prettyHost });
  if (!options.ignorePort) fields.push({ part: 'port', name: '', value: String(request.port) });
  fields.push({ part: 'path', name: '', value: mark < 0 ? path : path.slice(0, mark) });
  // A request that asks for a WebSocket is not answered like one that does not.
  if (namesWebSocket(headers)) fields.push({ part: 'upgrade', name: '', value: 'websocket' });
  if (mark >= 0) fields.push(...queryFields(request, options));
  for (const name of options.useHeaders) {
    const value = headers.get(name);
    if (value !== undefined) fields.push({ part: 'header', name: name.toLowerCase(), value });
  }
  return fields;
}

function queryFields({ query }: HttpRequest, { ignoreParams }: KeyOptions): KeyField[] {
  const fields: KeyField[] = [];
  for (const [name, value] of query) if (!ignoreParams.has(name)) fields.push({ part: 'query', name, value });
  return unordered(fields);
}
