import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Flow } from '../flow/flow.js';
import type { SpoolPolicy } from '../flow/spool.js';
import type { Input } from './input.js';
import { FileInput } from './input-file.js';
import { StreamInput } from './input-stream.js';
import type { ReadOptions, ReadSummary } from './read-options.js';
import { RecordReader } from './record-reader.js';

export type { Damage } from './damage.js';
export { DamageError } from './damage.js';
export type { ReadOptions, ReadSummary } from './read-options.js';

/** A path, or a stream of buffers that is read to its end. */
export type ReadInput = { path: string } | { stream: Readable; name: string };

/**
 * Reads a native flow file, one flow after the other. Bodies of files are read when somebody asks for them, and as
 * long as the flow is not released.
 * @param onFlow a promise that it returns is awaited before the next flow
 * @throws Error (of `fs`) if the input cannot be opened or read
 * @throws DamageError with `strict`, at the first damage
 */
export async function readFlows(
  input: ReadInput,
  options: ReadOptions,
  onFlow: (flow: Flow) => void | Promise<void>,
): Promise<ReadSummary> {
  const opened = await openInput(input, options.policy);
  try {
    return await new RecordReader(opened, options, onFlow).run();
  } finally {
    await opened.close();
  }
}

async function openInput(input: ReadInput, policy: SpoolPolicy): Promise<Input> {
  if ('stream' in input) return new StreamInput(input.name, input.stream, policy);
  if ((await stat(input.path)).isFile()) return FileInput.open(input.path);
  return new StreamInput(input.path, createReadStream(input.path), policy);
}
