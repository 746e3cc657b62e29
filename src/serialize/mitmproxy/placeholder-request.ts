import { Headers } from '../../flow/http/headers.js';
import { HttpRequest } from '../../flow/http/http-request.js';

/** In place of a handshake that is not in the file. */
export function placeholderRequest(): HttpRequest {
  const request = new HttpRequest({
    method: 'GET',
    scheme: 'http',
    host: 'unknown',
    port: 80,
    authority: '',
    path: '/',
    httpVersion: 'HTTP/1.1',
    headers: new Headers(),
  });
  request.timestampEnd = 0;
  return request;
}
