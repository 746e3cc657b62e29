import type { FlowSource } from '../../../flow/flow.js';
import type { RecordOutline } from '../tnetstring/record-outline.js';

/** Where a flow of a mitmproxy file comes from, so that it can be copied as bytes while it is unchanged. */
export class MitmproxySource implements FlowSource {
  readonly format = 'mitmproxy';
  untouched = false;

  constructor(
    readonly outline: RecordOutline,
    readonly version: number,
  ) {}
}
