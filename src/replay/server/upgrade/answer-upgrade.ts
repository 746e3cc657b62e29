import { createHash } from 'node:crypto';
import type { HttpFlow } from '../../../flow/flow.js';
import type { Delivery } from '../../../flow/http/delivery.js';
import type { Headers } from '../../../flow/http/headers.js';
import { HttpResponse } from '../../../flow/http/http-response.js';
import { REASONS } from '../../../flow/http/reason-phrases.js';
import type { Log } from '../../../flow/log.js';
import type { RecordedAnswer } from '../answers/recorded-answer.js';
import { urlOf } from '../miss/miss.js';
import { playBytes } from './play-bytes.js';
import { playWebSocket } from './play-websocket.js';

/**
 * The response that upgrades a connection, followed by the recorded messages. WebSocket messages are sent without compression,
 * even if the recorded server used it.
 * @param recorded this function takes ownership of it
 * @param latency factor for the recorded delays
 */
export function answerUpgrade(
  flow: HttpFlow,
  answer: RecordedAnswer,
  recorded: HttpResponse,
  latency: number,
  log: Log,
): HttpResponse {
  const { messages, websocket, breaks, latency: wait } = answer;
  const headers = recorded.headers.clone();
  const key = flow.request.headers.get('sec-websocket-key');
  if (key !== undefined && (websocket || headers.has('sec-websocket-accept'))) {
    headers.set('Sec-WebSocket-Accept', acceptOf(key));
  }
  if (websocket) adaptToWebSocket(headers);
  recorded.body.release();
  const reason = recorded.reason || REASONS[101]!;
  const response = new HttpResponse({ statusCode: 101, reason, httpVersion: 'HTTP/1.1', headers });
  const name = `${websocket ? 'WebSocket' : 'Upgraded connection'} ${urlOf(flow.request)}`;
  const serve: Delivery['serve'] = (server) => {
    const warn = (what: string): void => log.warn(`${name}: ${what}`);
    if (websocket) void playWebSocket(server, { messages, close: websocket, breaks, factor: latency, warn });
    else void playBytes(server, { messages, breaks, factor: latency, warn });
  };
  response.delivery = {
    delay: wait * latency,
    length: undefined,
    breaks: false,
    staysOpen: false,
    pieces: undefined,
    serve,
  };
  return response;
}

/** The value of `Sec-WebSocket-Accept` for a key (RFC 6455 section 4.2.2). */
function acceptOf(key: string): string {
  return createHash('sha1').update(`${key.trim()}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** A WebSocket over HTTP/2 (RFC 8441) does not use the upgrade fields. */
function adaptToWebSocket(headers: Headers): void {
  headers.delete('sec-websocket-extensions');
  if (!headers.has('upgrade')) headers.set('Upgrade', 'websocket');
  if (!headers.has('connection')) headers.set('Connection', 'Upgrade');
}
