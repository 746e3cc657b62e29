import type { EventMarks } from '../../../flow/body/event-marks.js';
import type { Clock } from '../../../flow/clock.js';
import { EventBoundaries } from './event-boundaries.js';

/**
 * Records the offset and the time of each event of an event stream. Lines of coded content are not visible, so each chunk is taken
 * as an event.
 */
export class EventRecorder {
  private readonly boundaries = new EventBoundaries();
  private offset = 0;

  constructor(
    private readonly marks: EventMarks,
    private readonly clock: Clock,
    private readonly isCoded: boolean,
  ) {}

  push(bytes: Buffer): void {
    if (this.isCoded) this.mark(0);
    else this.boundaries.find(bytes, (at) => this.mark(at), undefined);
    this.offset += bytes.length;
  }

  private mark(at: number): void {
    this.marks.append(this.offset + at, this.clock.now());
  }
}
