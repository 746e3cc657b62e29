import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest, type RequestParts } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';

/** A request whose body has come. @param block header lines, each character one byte */
export function request(
  path: string,
  block = 'Host: a\r\n',
  content: Buffer | string = '',
  parts: Partial<RequestParts> = {},
): HttpRequest {
  const headers = new Headers(Buffer.from(block, 'latin1'));
  const origin = { scheme: 'http', host: 'a', port: 80, authority: '', httpVersion: 'HTTP/1.1' };
  return received(new HttpRequest({ method: 'POST', ...origin, path, headers, ...parts }), content);
}

/** A response whose body has come. @param block header lines, each character one byte */
export function response(block: string, content: Buffer | string = '', httpVersion = 'HTTP/1.1'): HttpResponse {
  const headers = new Headers(Buffer.from(block, 'latin1'));
  return received(new HttpResponse({ statusCode: 200, reason: 'OK', httpVersion, headers }), content);
}

function received<Message extends HttpRequest | HttpResponse>(message: Message, content: Buffer | string): Message {
  message.body.keepIn(new SpoolPolicy());
  const bytes = Buffer.from(content as string);
  if (bytes.length > 0) message.body.append(bytes);
  message.body.complete = true;
  return message;
}

export const block = ({ headers }: HttpRequest | HttpResponse) => headers.bytes.toString('latin1');
export const content = async ({ body }: HttpRequest | HttpResponse) => (await body.bytes()).toString('latin1');
