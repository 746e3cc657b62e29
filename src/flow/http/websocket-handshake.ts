import type { HttpFlow } from '../flow.js';
import type { Headers } from './headers.js';

/** Whether a flow became a WebSocket: its frames were parsed, or it has a complete handshake (RFC 6455 section 4, RFC 8441). */
export function isWebSocket({ websocket, request, response }: HttpFlow): boolean {
  if (websocket) return true;
  if (request.protocol === 'websocket' && response !== undefined && response.statusCode < 300) return true;
  return response?.statusCode === 101 && namesWebSocket(request.headers) && namesWebSocket(response.headers);
}

/** Whether `Upgrade` lists `websocket`. */
export function namesWebSocket(headers: Headers): boolean {
  if (!headers.has('upgrade')) return false;
  return headers
    .getAll('upgrade')
    .some((value) => value.split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket'));
}
