import type { Body } from '../../../flow/body/body.js';
import { reportedByPolicy } from '../../../flow/body/spool-policy.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import type { Services } from '../../services.js';
import { type BodySink, type MessageSource, type MessageTarget, PAUSED } from '../wire.js';

/** Sees the content of a body as it arrives. */
export interface ContentObserver {
  /** @returns a promise if the sender should be paused until it resolves; it never rejects */
  push(bytes: Buffer): undefined | Promise<void>;
}

/**
 * Forwards a body as it arrives, and records it. Reading pauses while the receiver or the disk is slow.
 * @param to undefined if the body is held: then it is only recorded
 * @param framed whether the receiver expects framed bytes
 * @param observer sees the content as well
 * @returns a promise if the body is incomplete; it rejects if the sender fails or the framing is invalid
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
    // The drain event of an earlier body may have been missed.
    from.resume(PAUSED.byWriter);
  }

  wire(bytes: Buffer): void {
    if (this.to && this.framed) this.forward(this.to, bytes);
  }

  content(bytes: Buffer): void {
    const { body, from } = this;
    this.services.largeBodies.check(from, body.size + bytes.length);
    if (this.to && !this.framed) this.forward(this.to, bytes);
    const seen = this.observer?.push(bytes);
    if (seen) {
      from.pause(PAUSED.byAddon);
      void seen.then(() => from.resume(PAUSED.byAddon));
    }
    // Do not append to content that an addon has replaced.
    if (body.changed || body.append(bytes)) return;
    from.pause(PAUSED.byDisk);
    body.drained().then(() => from.resume(PAUSED.byDisk), reportedByPolicy);
  }

  private forward(to: MessageTarget, bytes: Buffer): void {
    to.write(bytes);
    if (!to.full) return;
    const resume = (): void => this.from.resume(PAUSED.byWriter);
    to.onDrain = resume;
    this.from.pause(PAUSED.byWriter);
  }
}

/**
 * Sends a complete body of any size, at the pace of the receiver.
 * @returns a promise if it has to be read first
 */
export function sendWhole(message: HttpRequest | HttpResponse, to: MessageTarget): undefined | Promise<void> {
  const { stored, size } = message.body;
  const buffer = stored?.buffer;
  if (!buffer && size > 0) return sendStored(message, to);
  if (buffer && buffer.length > 0) to.write(buffer);
  to.end(message.trailers);
  return undefined;
}

async function sendStored({ body, trailers }: HttpRequest | HttpResponse, to: MessageTarget): Promise<void> {
  for await (const bytes of body.rawChunks()) {
    to.write(bytes);
    if (to.full) await to.drained();
  }
  to.end(trailers);
}
