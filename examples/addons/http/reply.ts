// Answers requests without a server.
//   tsdump -s reply.ts
import { type HttpFlow, HttpResponse } from 'tsdump';

export function requestHeaders(flow: HttpFlow): void {
  const { request } = flow;
  if (request.prettyUrl === 'http://example.com/hello') {
    flow.response = HttpResponse.make(200, '<h1>Hello</h1>', { 'Content-Type': 'text/html' });
  } else if (request.path === '/status.json') {
    flow.response = HttpResponse.json({ ok: true });
  } else if (request.path === '/home') {
    flow.response = HttpResponse.redirect('/', 303);
  }
}
