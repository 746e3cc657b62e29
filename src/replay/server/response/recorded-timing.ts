import { setTimeout as sleep } from 'node:timers/promises';
import type { Body } from '../../../flow/body/body.js';
import type { EventMarks } from '../../../flow/body/event-marks.js';

/**
 * The content of an event stream, with the recorded timing of its events.
 * @param began start of the recorded response, in seconds since the epoch
 * @param factor for the recorded delays; 0 disables them
 * @param signal aborts a wait with an error
 */
export async function* withRecordedTiming(
  body: Body,
  marks: EventMarks,
  began: number,
  factor: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const start = performance.now();
  const times = marks[Symbol.asyncIterator]();
  let mark = (await times.next()).value;
  let at = 0;
  for await (const chunk of body.rawChunks()) {
    let rest = chunk;
    while (rest.length > 0) {
      while (mark && mark.offset <= at) {
        const wait = start + (mark.timestamp - began) * 1000 * factor - performance.now();
        if (wait > 0) await sleep(wait, undefined, { signal });
        mark = (await times.next()).value;
      }
      const end = mark ? Math.min(rest.length, mark.offset - at) : rest.length;
      yield rest.subarray(0, end);
      at += end;
      rest = rest.subarray(end);
    }
  }
}
