import type { HttpFlow } from '../flow/flow.js';
import { isOpenStream } from './open-stream.js';

/** What came of a stream before its client left it. */
interface StreamLimit {
  readonly unit: 'events' | 'bytes';
  readonly count: number;
}

/** Number of events after which the client left an event stream; undefined for other flows, and if it is unknown. */
export function eventsUntilLeft({ error, response }: HttpFlow): number | undefined {
  const isLeft = error?.code === 'client-disconnected' && response?.isEventStream === true;
  if (!isLeft) return undefined;
  return response.body.size === 0 ? 0 : response.marks?.count;
}

/** After how much the client left a stream; undefined for other flows, and if it is unknown. */
export function limitOfLeft(flow: HttpFlow): StreamLimit | undefined {
  const { error, response } = flow;
  if (error?.code !== 'client-disconnected') return undefined;
  const events = eventsUntilLeft(flow);
  if (events !== undefined) return { unit: 'events', count: events };
  return isOpenStream(flow) && !response!.isEventStream ? { unit: 'bytes', count: response!.body.size } : undefined;
}

/** Whether a replayed client has left a stream as the recorded client did. Its flow has that as its error. */
export function leftAsRecorded(recorded: HttpFlow, replayed: HttpFlow): boolean {
  return limitOfLeft(recorded) !== undefined && limitOfLeft(replayed) !== undefined;
}
