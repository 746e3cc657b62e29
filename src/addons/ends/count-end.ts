import type { FlowFilter } from '../../flow/filter.js';
import type { Flow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';

/** Ends the program after a number of matching flows. It runs after the addons that save and show flows. */
export class CountEnd implements Addon {
  readonly name = 'ends';
  readonly observes = true;
  private remaining: number;

  /** @param end called once, in the hook of the last flow */
  constructor(
    count: number,
    private readonly end: (flow: Flow) => void,
    readonly filter?: FlowFilter,
  ) {
    this.remaining = count;
  }

  flowEnd(flow: Flow): void {
    if (--this.remaining === 0) this.end(flow);
  }
}
