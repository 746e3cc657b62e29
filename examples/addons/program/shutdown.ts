// Ends tsdump like ^C when a certain URL is requested.
//   tsdump -s shutdown.ts
//   curl -x http://127.0.0.1:8080 http://example.com/shutdown
import { type HttpFlow, HttpResponse, type LoadContext } from 'tsdump';

let context: LoadContext;

export function load(given: LoadContext): void {
  context = given;
}

export function requestHeaders(flow: HttpFlow): void {
  if (flow.request.prettyUrl !== 'http://example.com/shutdown') return;
  flow.response = HttpResponse.make(200, 'Good bye.\n');
  context.log.info('Shutting down.');
  context.shutdown();
}
