import type { Log } from '../../../flow/log.js';
import { plural } from '../../../flow/text/plural.js';
import { ProtocolError, UpstreamError } from '../../errors.js';
import type { EngineOptions } from '../../options.js';
import type { IncomingRequest, MessageSource } from '../wire.js';

type LargeBodyOptions = Pick<EngineOptions, 'bodySizeLimit' | 'streamLargeBodies' | 'storeStreamedBodies'>;

/** What becomes of bodies that are large: above one limit they are refused, above another they are not held. */
export class LargeBodies {
  private readonly mostBytes: number;
  private readonly mostHeld: number;
  private readonly dropsStreamed: boolean;
  private hasSaid = false;

  constructor(
    { bodySizeLimit, streamLargeBodies, storeStreamedBodies }: LargeBodyOptions,
    private readonly log: Log,
  ) {
    this.mostBytes = bodySizeLimit ?? Number.POSITIVE_INFINITY;
    this.mostHeld = streamLargeBodies ?? Number.POSITIVE_INFINITY;
    this.dropsStreamed = !storeStreamedBodies;
  }

  /** Refuses a body by the length that its head states. @throws ProtocolError (413), UpstreamError (502) */
  checkHead(from: MessageSource): void {
    if (from.framing.kind === 'length') this.check(from, from.framing.length);
  }

  /** Refuses one by what has come of it. @throws ProtocolError (413), UpstreamError (502) */
  check(from: MessageSource, size: number): void {
    if (size <= this.mostBytes) return;
    const limit = `exceeds body_size_limit (${plural(this.mostBytes, 'byte')}).`;
    if (isIncoming(from)) throw new ProtocolError(413, `Request body ${limit}`);
    throw new UpstreamError(`Response body ${limit}`, 502, undefined, 'body-too-large');
  }

  /** Whether a body that would be held is to go on as it comes. It is said once what that means. */
  isStreamed(from: MessageSource): boolean {
    if (!this.isLarge(from)) return false;
    if (!this.hasSaid) {
      this.hasSaid = true;
      this.log.warn(
        `A body is larger than stream_large_bodies (${plural(this.mostHeld, 'byte')}): such requests and responses are not shown ` +
          'to addons that change bodies.',
      );
    }
    return true;
  }

  /** Whether it is not kept, either. */
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
