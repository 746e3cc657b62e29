import type { Body } from '../../../flow/body/body.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import type { Services } from '../../services.js';
import { type BodySink, type MessageSource, type MessageTarget, PAUSED } from '../wire.js';

/** Sees the content of a body as it comes. */
export interface ContentObserver {
  /** @returns a promise if nothing more should come until then; it never rejects */
  push(bytes: Buffer): undefined | Promise<void>;
}

/**
 * Passes a body on as it comes, and records it. Reading pauses while the receiver is slow or the disk behind.
 * @param to undefined if the body is held: then it is only recorded
 * @param framed whether the receiver wants the bytes with their framing
 * @param observer sees the content as well
 * @returns a promise if it was not all there; it rejects if the sender breaks off or the framing is wrong
 */
export function transferBody(
  from: MessageSource,
  body: Body,
  to: MessageTarget | undefined,
  framed: boolean,
  services: Services,
  observer?: ContentObserver,
): undefined | Promise<void> {
  if (from.framing.kind === 'none') return undefined;
  return from.readBody(new BodyTransfer(from, body, to, framed, services, observer));
}

class BodyTransfer implements BodySink {
  constructor(
    private readonly from: MessageSource,
    private readonly body: Body,
    private readonly to: MessageTarget | undefined,
    private readonly framed: boolean,
    private readonly services: Services,
    private readonly observer: ContentObserver | undefined,
  ) {
    // The drain that an earlier body waited for may have come while nobody listened.
    from.resume(PAUSED.byWriter);
  }

  wire(bytes: Buffer): void {
    if (this.to && this.framed) this.forward(this.to, bytes);
  }

  content(bytes: Buffer): void {
    const { body, from } = this;
    if (this.to && !this.framed) this.forward(this.to, bytes);
    const seen = this.observer?.push(bytes);
    if (seen) {
      from.pause(PAUSED.byAddon);
      void seen.then(() => from.resume(PAUSED.byAddon));
    }
    // Content that an addon has put in its place already is not added to.
    if (body.changed || body.append(bytes)) return;
    from.pause(PAUSED.byDisk);
    body.drained().then(() => from.resume(PAUSED.byDisk), this.services.onFatal);
  }

  private forward(to: MessageTarget, bytes: Buffer): void {
    to.write(bytes);
    if (!to.full) return;
    to.onDrain = () => this.from.resume(PAUSED.byWriter);
    this.from.pause(PAUSED.byWriter);
  }
}

/** Sends the body of a message that is complete, however large, at the pace of the receiver. */
export async function sendWhole({ body, trailers }: HttpRequest | HttpResponse, to: MessageTarget): Promise<void> {
  const buffer = body.stored?.buffer;
  if (buffer) {
    if (buffer.length > 0) to.write(buffer);
  } else {
    for await (const bytes of body.rawChunks()) {
      to.write(bytes);
      if (to.full) await to.drained();
    }
  }
  to.end(trailers);
}
