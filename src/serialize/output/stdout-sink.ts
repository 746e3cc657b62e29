import { StreamSink } from './stream-sink.js';

/** Never ends stdout, which others may use as well, but waits until everything is out. */
export class StdoutSink extends StreamSink {
  constructor() {
    super('stdout', process.stdout);
  }
}
