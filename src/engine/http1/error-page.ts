import { errorHtml, titleOf } from '../http/error-html.js';

/** A complete error response; the connection is closed after it. */
export function errorPage(status: number, message: string, version: string, withBody: boolean): Buffer {
  const body = Buffer.from(errorHtml(status, message));
  const head = [
    `HTTP/1.1 ${titleOf(status)}`,
    `Server: tsdump ${version}`,
    'Connection: close',
    'Content-Type: text/html; charset=utf-8',
    `Content-Length: ${body.length}`,
    '\r\n',
  ].join('\r\n');
  return withBody ? Buffer.concat([Buffer.from(head), body]) : Buffer.from(head);
}
