import { Dispatcher } from '../../src/flow/hooks/dispatcher.js';
import type { Addon } from '../../src/flow/hooks/hooks.js';

/** Calls addons as the program does. Errors of addons pass through to the test. */
export function dispatcherOf(...addons: Addon[]): Dispatcher {
  return new Dispatcher(addons, {
    bodySearchLimit: 1024,
    onSearchLimit: () => {},
    onError: (error) => {
      throw error;
    },
  });
}
