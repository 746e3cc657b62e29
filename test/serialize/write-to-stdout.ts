import { OutputError } from '../../src/serialize/output/sinks.js';
import { StdoutSink } from '../../src/serialize/output/stream-sink.js';

/** Writes a number of bytes to stdout, in pieces; reports a failure on stderr. */
const sink = new StdoutSink();
const chunk = Buffer.alloc(50_000);
const chunks = Array.from({ length: Number(process.argv[2]) / chunk.length }, () => chunk);
sink.write(chunks, async (error) => {
  if (error) process.stderr.write(`${new OutputError(sink.name, error).message}\n`);
  await sink.close();
});
