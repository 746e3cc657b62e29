import type { Log } from '../../../flow/log.js';
import { plural } from '../../../flow/text/plural.js';
import { ProtocolError, UpstreamError } from '../../errors.js';
import type { EngineOptions } from '../../options.js';
import type { IncomingRequest, MessageSource } from '../wire.js';

type LargeBodyOptions = Pick<EngineOptions, 'bodySizeLimit' | 'streamLargeBodies' | 'storeStreamedBodies'>;

/**
 * Applies the limits for large bodies: above `body_size_limit` a body is refused, above `stream_large_bodies` it is not held.
 */
export class LargeBodies {
  private readonly mostBytes: number;
  private readonly mostHeld: number;
  private readonly dropsStreamed: boolean;
  private hasWarned = false;

  constructor(
    { bodySizeLimit, streamLargeBodies, storeStreamedBodies }: LargeBodyOptions,
    private readonly log: Log,
  ) {
    this.mostBytes = bodySizeLimit ?? Number.POSITIVE_INFINITY;
    this.mostHeld = streamLargeBodies ?? Number.POSITIVE_INFINITY;
    this.dropsStreamed = !storeStreamedBodies;
  }

  /** Checks the announced length of a body. @throws ProtocolError (413), UpstreamError (502) */
  checkHead(from: MessageSource): void {
    if (from.framing.kind === 'length') this.check(from, from.framing.length);
  }

  /** Checks the size of the received part of a body. @throws ProtocolError (413), UpstreamError (502) */
  check(from: MessageSource, size: number): void {
    if (size <= this.mostBytes) return;
    const limit = `exceeds body_size_limit (${plural(this.mostBytes, 'byte')}).`;
    if (isIncoming(from)) throw new ProtocolError(413, `Request body ${limit}`);
    throw new UpstreamError(`Response body ${limit}`, 502, undefined, 'body-too-large');
  }

  /** Whether a body is too large to be held. The first one is reported in the log. */
  isStreamed(from: MessageSource): boolean {
    if (!this.isLarge(from)) return false;
    if (!this.hasWarned) {
      this.hasWarned = true;
      this.log.warn(
        `A body is larger than stream_large_bodies (${plural(this.mostHeld, 'byte')}): such requests and responses are not shown ` +
          'to addons that change bodies.',
      );
    }
    return true;
  }

  /** Whether a body is not kept, either. */
  isDropped(from: MessageSource): boolean {
    return this.dropsStreamed && this.isLarge(from);
  }

  private isLarge({ framing }: MessageSource): boolean {
    return framing.kind === 'length' && framing.length > this.mostHeld;
  }
}

function isIncoming(from: MessageSource): from is IncomingRequest {
  return 'isReplay' in from;
}
