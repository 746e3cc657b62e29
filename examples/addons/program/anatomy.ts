// The parts of an addon: an object with hooks, here an instance of a class.
//   tsdump -s anatomy.ts
import type { Addon, HttpFlow, LoadContext, Log } from 'tsdump';

export default class Counter implements Addon {
  private flows = 0;
  private log!: Log;

  load({ log }: LoadContext): void {
    this.log = log;
  }

  requestHeaders(flow: HttpFlow): void {
    this.flows++;
    flow.metadata.number = this.flows;
    this.log.info(`We have seen ${this.flows} flows.`);
  }

  done(): void {
    this.log.info(`There were ${this.flows} flows.`);
  }
}
