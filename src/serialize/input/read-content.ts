import { compressionOfContent, type FileCompression } from '../compression/recognise.js';
import { RECOGNISED_BY, type ReadJob } from '../format.js';
import { FORMATS, formatOfContent, recogniseFormat } from '../formats.js';
import { type Utf16, utf8Of, utf16Of } from '../shared/utf16.js';
import type { Input } from './input.js';
import { StreamInput } from './input-stream.js';
import type { ReadSummary } from './read-options.js';

/**
 * Reads an input in any format, compressed or not.
 * @throws CompressionMissingError if this runtime cannot decompress it
 */
export async function readContent(job: ReadJob): Promise<ReadSummary> {
  const compression = compressionOfContent(await beginningOf(job.input));
  return compression ? readCompressed(job, compression) : readFormat(job);
}

/** The leading bytes that identify a format. */
export async function beginningOf(input: Input): Promise<Buffer> {
  if (input.buffer.length - input.at < RECOGNISED_BY) await input.fill(RECOGNISED_BY);
  return input.buffer.subarray(input.at, input.at + RECOGNISED_BY);
}

async function readCompressed(job: ReadJob, compression: FileCompression): Promise<ReadSummary> {
  const { Decompression } = await import('../compression/decompression.js');
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
  const beginning = await beginningOf(job.input);
  const encoding = utf16Of(beginning);
  if (encoding) return readUtf16(job, encoding);
  const format = formatOfContent(beginning);
  return (format === FORMATS.jsonl && (await isHar(job.input)) ? FORMATS.har : format).read(job);
}

async function readUtf16(job: ReadJob, encoding: Utf16): Promise<ReadSummary> {
  const { input, options, damage } = job;
  damage.inUtf8 = true;
  const plain = new StreamInput(input.name, utf8Of(input, encoding), options.policy);
  return readFormat({ ...job, input: plain }).finally(() => plain.close());
}

/** Whether the input is a HAR with other members before `log`. Does not wait for more data of a pipe. */
async function isHar(input: Input): Promise<boolean> {
  const { firstKeys } = await import('../json/text/foreign-object.js');
  const keys = firstKeys(withoutBom(input.buffer.subarray(input.at)));
  return keys.includes('log') && !keys.includes('type');
}

function withoutBom(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb ? bytes.subarray(3) : bytes;
}
