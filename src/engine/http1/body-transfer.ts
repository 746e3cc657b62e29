import type { Body } from '../../flow/body.js';
import type { HttpRequest } from '../../flow/http-request.js';
import type { HttpResponse } from '../../flow/http-response.js';
import type { Outlet } from '../outlet.js';
import type { Services } from '../services.js';
import type { BodySink } from './body-scanner.js';
import type { Framing } from './framing.js';
import { chunkAround } from './head-writer.js';
import { type Http1Reader, PAUSED } from './reader.js';

/**
 * Passes a body on as it comes, and keeps it on the side. Reading pauses while the receiver is slow or the disk behind.
 * @param to undefined if the body is held: then it is only kept
 * @returns a promise if it was not all there; it rejects if the sender breaks off or the framing is wrong
 */
export function transferBody(
  reader: Http1Reader,
  framing: Framing,
  body: Body,
  to: Outlet | undefined,
  services: Services,
): undefined | Promise<void> {
  if (framing.kind === 'none') return undefined;
  return reader.readBody(framing, new BodyTransfer(reader, body, to, services));
}

class BodyTransfer implements BodySink {
  constructor(
    private readonly reader: Http1Reader,
    private readonly body: Body,
    private readonly to: Outlet | undefined,
    private readonly services: Services,
  ) {
    // The drain that an earlier body waited for may have come while nobody listened.
    reader.resume(PAUSED.byWriter);
  }

  wire(bytes: Buffer): void {
    const { to, reader } = this;
    if (!to) return;
    to.write(bytes);
    if (!to.full) return;
    to.onDrain = () => reader.resume(PAUSED.byWriter);
    reader.pause(PAUSED.byWriter);
  }

  content(bytes: Buffer): void {
    const { body, reader } = this;
    // Content that an addon has put in its place already is not added to.
    if (body.changed || body.append(bytes)) return;
    reader.pause(PAUSED.byDisk);
    body.drained().then(() => reader.resume(PAUSED.byDisk), this.services.onFatal);
  }
}

/**
 * Sends the body of a message that is complete, however large, at the pace of the receiver.
 * @param oneChunk as one chunk, with the trailers; else as the length says
 */
export async function sendWhole(message: HttpRequest | HttpResponse, to: Outlet, oneChunk: boolean): Promise<void> {
  const { body } = message;
  const chunk = oneChunk ? chunkAround(body.size, message.trailers) : undefined;
  if (chunk && chunk.before.length > 0) to.write(chunk.before);
  const buffer = body.stored?.buffer;
  if (buffer) {
    if (buffer.length > 0) to.write(buffer);
  } else {
    for await (const bytes of body.rawChunks()) {
      to.write(bytes);
      if (to.full) await drained(to);
    }
  }
  if (chunk) to.write(chunk.after);
}

/** Resolves when the receiver has taken what was written. Rejects if it goes away instead. */
export function drained(to: Outlet): Promise<void> {
  return new Promise((resolve, reject) => {
    const { socket } = to;
    const closed = (): void => reject(new Error('The receiver closed the connection.'));
    if (socket.destroyed) return closed();
    socket.once('close', closed);
    return socket.once('drain', () => {
      socket.off('close', closed);
      resolve();
    });
  });
}
