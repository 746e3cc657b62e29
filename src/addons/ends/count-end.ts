import type { FlowFilter } from '../../flow/filter.js';
import type { Flow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';

/** Ends the program after a number of matching flows. It runs after the addons that save and show flows. */
export class CountEnd implements Addon {
  readonly name = 'ends';
  readonly observes = true;
  private left: number;

  /** @param end called once, in the hook of the last flow */
  constructor(
    count: number,
    private readonly end: (flow: Flow) => void,
    readonly filter?: FlowFilter,
  ) {
    this.left = count;
  }

  flowEnd(flow: Flow): void {
    if (--this.left === 0) this.end(flow);
  }
}
