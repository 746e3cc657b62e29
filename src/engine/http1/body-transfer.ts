import type { Body } from '../../flow/body.js';
import type { Outlet } from '../outlet.js';
import type { Services } from '../services.js';
import type { Framing } from './framing.js';
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
  if (to) {
    to.onDrain = () => reader.resume(PAUSED.byWriter);
    // The drain that the last exchange waited for may have come while nobody listened.
    reader.resume(PAUSED.byWriter);
  }
  return reader.readBody(framing, {
    wire: (bytes) => {
      if (!to) return;
      to.write(bytes);
      if (to.full) reader.pause(PAUSED.byWriter);
    },
    content: (bytes) => {
      // Content that an addon has put in its place already is not added to.
      if (body.changed || body.append(bytes)) return;
      reader.pause(PAUSED.byDisk);
      body.drained().then(() => reader.resume(PAUSED.byDisk), services.onFatal);
    },
  });
}

/** Sends content that is complete, however large, at the pace of the receiver. */
export async function sendBody(body: Body, to: Outlet): Promise<void> {
  const buffer = body.stored?.buffer;
  if (buffer) {
    if (buffer.length > 0) to.write(buffer);
    return;
  }
  for await (const chunk of body.rawChunks()) {
    to.write(chunk);
    if (to.full) await drained(to);
  }
}

function drained(to: Outlet): Promise<void> {
  return new Promise((resolve, reject) => {
    const { socket } = to;
    if (socket.destroyed) return reject(new Error('The receiver closed the connection.'));
    const closed = (): void => reject(new Error('The receiver closed the connection.'));
    socket.once('close', closed);
    socket.once('drain', () => {
      socket.off('close', closed);
      resolve();
    });
  });
}
