import type { FlowSource } from '../../../flow/flow.js';
import type { RecordOutline } from '../tnetstring/record-outline.js';

/** The record that a flow was read from, so that an unchanged flow can be copied as bytes. */
export class MitmproxySource implements FlowSource {
  readonly format = 'mitmproxy';
  untouched = false;

  constructor(
    readonly outline: RecordOutline,
    readonly version: number,
  ) {}
}
