// Prints trailers, and adds one with the checksum of each text.
//   tsdump -s trailers.ts
import { createHash } from 'node:crypto';
import { Headers, type HttpFlow } from 'tsdump';

export function request({ request }: HttpFlow): void {
  for (const [name, value] of request.trailers ?? []) console.error(`Trailer of a request: ${name}: ${value}`);
}

export async function response({ response }: HttpFlow): Promise<void> {
  if (!response!.headers.get('content-type')?.startsWith('text/')) return;
  const checksum = createHash('sha256')
    .update(await response!.body.bytes())
    .digest('hex');
  response!.headers.set('Trailer', 'X-Checksum');
  // The body is then sent in chunks, which trailers require (RFC 9112 section 7.1.2).
  response!.trailers = Headers.from({ 'X-Checksum': checksum });
}
