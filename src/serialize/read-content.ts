import { compressionOfContent, type FileCompression } from './compression/recognise.js';
import { RECOGNISED_BY, type ReadJob } from './format.js';
import { formatOfContent, recogniseFormat } from './formats.js';
import type { Input } from './input.js';
import { StreamInput } from './input-stream.js';
import type { ReadSummary } from './read-options.js';

/**
 * Reads what an input holds, in any format, compressed as a whole or not.
 * @throws CompressionMissingError if this runtime cannot decompress it
 */
export async function readContent(job: ReadJob): Promise<ReadSummary> {
  const compression = compressionOfContent(await beginningOf(job.input));
  return compression ? readCompressed(job, compression) : readFormat(job);
}

/** The bytes by which a format is recognised. */
export async function beginningOf(input: Input): Promise<Buffer> {
  if (input.buffer.length - input.at < RECOGNISED_BY) await input.fill(RECOGNISED_BY);
  return input.buffer.subarray(input.at, input.at + RECOGNISED_BY);
}

async function readCompressed(job: ReadJob, compression: FileCompression): Promise<ReadSummary> {
  const { Decompression } = await import('./compression/decompression.js');
  const { input, damage, options } = job;
  const isFlowFile = (beginning: Buffer) => recogniseFormat(beginning.subarray(0, RECOGNISED_BY)) !== undefined;
  const decompression = new Decompression(input, compression, damage, isFlowFile);
  damage.decompressed = true;
  const summary: ReadSummary = { flows: 0, recovered: 0, unknown: 0, damaged: 0 };
  for await (const chunks of decompression.runs()) {
    const plain = new StreamInput(input.name, chunks, options.policy);
    plain.start = decompression.given;
    const { flows, recovered, unknown } = await readFormat({ ...job, input: plain }).finally(() => plain.close());
    summary.flows += flows;
    summary.recovered += recovered;
    summary.unknown += unknown;
  }
  summary.damaged = damage.count;
  return summary;
}

async function readFormat(job: ReadJob): Promise<ReadSummary> {
  return formatOfContent(await beginningOf(job.input)).read(job);
}
