import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Flow } from '../flow/flow.js';
import type { SpoolPolicy } from '../flow/spool.js';
import { DamageLog } from './damage.js';
import { formatOfContent, RECOGNISED_BY } from './formats.js';
import type { Input } from './input.js';
import { FileInput } from './input-file.js';
import { StreamInput } from './input-stream.js';
import type { ReadOptions, ReadSummary } from './read-options.js';

export type { Damage } from './damage.js';
export { DamageError } from './damage.js';
export type { ReadOptions, ReadSummary } from './read-options.js';

/** A path, or a stream of buffers that is read to its end. */
export type ReadInput = { path: string } | { stream: Readable; name: string };

/**
 * Reads a capture file of any format, one flow after the other. Bodies of files are read when somebody asks for them,
 * and as long as the flow is not released.
 * @param onFlow a promise that it returns is awaited before the next flow
 * @throws Error (of `fs`) if the input cannot be opened or read
 * @throws DamageError with `strict`, at the first damage
 */
export async function readFlows(
  from: ReadInput,
  options: ReadOptions,
  onFlow: (flow: Flow) => void | Promise<void>,
): Promise<ReadSummary> {
  const input = await openInput(from, options.policy);
  try {
    await input.fill(RECOGNISED_BY);
    const format = formatOfContent(input.buffer.subarray(input.at, input.at + RECOGNISED_BY));
    const damage = new DamageLog(input.name, options.strict ?? false, options.onDamage);
    return await format.read({ input, options, damage, onFlow });
  } finally {
    await input.close();
  }
}

async function openInput(from: ReadInput, policy: SpoolPolicy): Promise<Input> {
  if ('stream' in from) return new StreamInput(from.name, from.stream, policy);
  if ((await stat(from.path)).isFile()) return FileInput.open(from.path);
  return new StreamInput(from.path, createReadStream(from.path), policy);
}
