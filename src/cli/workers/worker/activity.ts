import { IdleEnd } from '../../../addons/ends.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import type { ToParent } from '../messages.js';

/** Milliseconds between two `message` reports. */
const PACE = 100;

type Activity = Extract<ToParent, { type: 'activity' }>['what'];

/**
 * Reports activity to the parent, for `idle_timeout`. `IdleEnd`, the addon of that option, decides which events are activity.
 */
export function activityAddon(send: (what: Activity) => void): Addon {
  let last = 0;
  let isBusy = false;
  const counting = new IdleEnd(Number.POSITIVE_INFINITY, true, () => {});
  const report = (): void => {
    if (counting.isBusy !== isBusy) {
      isBusy = counting.isBusy;
      return send(isBusy ? 'busy' : 'quiet');
    }
    const now = performance.now();
    if (isBusy || now - last < PACE) return;
    last = now;
    send('message');
  };
  const then =
    <Argument>(hook: ((argument: Argument) => void) | undefined) =>
    (argument: Argument): void => {
      hook?.call(counting, argument);
      report();
    };
  return {
    name: 'ends',
    observes: true,
    requestHeaders: then(counting.requestHeaders),
    responseHeaders: then(counting.responseHeaders),
    serverSentEvent: then(counting.serverSentEvent),
    websocketMessage: then(counting.websocketMessage),
    tcpStart: then(counting.tcpStart),
    tcpMessage: then(counting.tcpMessage),
    udpMessage: then(counting.udpMessage),
    flowEnd: then(counting.flowEnd),
  };
}
