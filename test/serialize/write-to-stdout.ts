import { OutputError } from '../../src/serialize/output/sinks.js';
import { StdoutSink } from '../../src/serialize/output/stream-sink.js';

/** Writes so many bytes to stdout, in pieces; says on stderr if that fails. */
const sink = new StdoutSink();
const chunk = Buffer.alloc(50_000);
const chunks = Array.from({ length: Number(process.argv[2]) / chunk.length }, () => chunk);
sink.write(chunks, async (error) => {
  if (error) process.stderr.write(`${new OutputError(sink.name, error).message}\n`);
  await sink.close();
});
