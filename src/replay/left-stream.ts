import type { HttpFlow } from '../flow/flow.js';

/** Number of events after which the client left an event stream; undefined for other flows, and if it is unknown. */
export function eventsUntilLeft({ error, response }: HttpFlow): number | undefined {
  const isLeft = error?.code === 'client-disconnected' && response?.isEventStream === true;
  if (!isLeft) return undefined;
  return response.body.size === 0 ? 0 : response.marks?.count;
}

/** Whether a replayed client has left an event stream as the recorded client did. Its flow has that as its error. */
export function leftAsRecorded(recorded: HttpFlow, replayed: HttpFlow): boolean {
  return eventsUntilLeft(recorded) !== undefined && eventsUntilLeft(replayed) !== undefined;
}
