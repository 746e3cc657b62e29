import type { Flow, HttpFlow } from '../../flow/flow.js';
import type { HttpMessage } from '../../flow/http/http-message.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import type { MessageLog } from '../../flow/message-log/message-log.js';
import type { WriterOptions } from '../format.js';
import { EncodedWriter, type FlowEncoder } from '../output/encoded-writer.js';
import type { Piece } from '../output/pieces.js';
import type { Sink } from '../output/sinks.js';
import type { FlowWriter } from '../output/writer.js';

type Parts = 'both' | 'request' | 'response';

const BETWEEN = Buffer.from('\r\n\r\n');

/** Writes messages in the form of HTTP/1.1 (RFC 9112), with the recorded bytes of bodies. */
export function createRawWriter(sink: Sink, options: WriterOptions, parts: Parts): FlowWriter {
  return new EncodedWriter(sink, new RawEncoder(parts), options);
}

class RawEncoder implements FlowEncoder {
  /** Written between two flows; undefined if messages are written as on one connection. */
  readonly separator: Buffer | undefined;

  constructor(private readonly parts: Parts) {
    this.separator = parts === 'both' ? BETWEEN : undefined;
  }

  encode(flow: Flow): Piece[] | undefined {
    if (flow.type !== 'http') return undefined;
    const { request, response } = flow;
    if (this.parts === 'request') return encodeMessage(requestLine(request), request, hostOf(request));
    if (this.parts === 'response') return response && encodeMessage(statusLine(response), response, '');
    const pieces = encodeMessage(requestLine(request), request, hostOf(request));
    if (response) pieces.push(BETWEEN, ...encodeMessage(statusLine(response), response, ''));
    if (flow.websocket && flow.messages && flow.messages.count > 0) pieces.push(BETWEEN, () => messageLines(flow));
    return pieces;
  }
}

function requestLine({ method, path, url, httpVersion }: HttpRequest): string {
  return `${method} ${method === 'CONNECT' ? url : path} ${httpVersion}\r\n`;
}

/** In HTTP/2 and later, `:authority` replaces `Host`. */
function hostOf({ headers, httpVersion, prettyAuthority }: HttpRequest): string {
  return headers.has('host') || httpVersion.startsWith('HTTP/1') ? '' : `Host: ${prettyAuthority}\r\n`;
}

function statusLine({ httpVersion, statusCode, reason }: HttpResponse): string {
  return `${httpVersion} ${statusCode} ${reason}\r\n`;
}

function encodeMessage(startLine: string, message: HttpMessage, extraField: string): Piece[] {
  const { headers, body, trailers } = message;
  const pieces: Piece[] = [Buffer.from(startLine + extraField, 'latin1'), headers.bytes, Buffer.from('\r\n')];
  const isChunked = /(?:^|,)\s*chunked\s*$/i.test(headers.get('transfer-encoding') ?? '');
  const hasContent = body.size > 0 && body.kept;
  if (isChunked && hasContent) pieces.push(Buffer.from(`${body.size.toString(16)}\r\n`));
  if (hasContent) pieces.push(body.stored?.buffer ?? (() => body.rawChunks()));
  if (isChunked && hasContent) pieces.push(Buffer.from('\r\n'));
  if (isChunked && body.complete)
    pieces.push(Buffer.from('0\r\n'), trailers?.bytes ?? Buffer.alloc(0), Buffer.from('\r\n'));
  return pieces;
}

/** The messages of a WebSocket, each on a line that begins with its direction. */
async function* messageLines({ messages }: HttpFlow): AsyncGenerator<Buffer> {
  let separator = '';
  for await (const { fromClient, content } of messages as MessageLog) {
    yield Buffer.from(`${separator}${fromClient ? '[OUTGOING]' : '[INCOMING]'} `);
    yield content;
    separator = '\n';
  }
}
