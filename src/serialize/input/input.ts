import type { ByteSource } from '../../flow/body/body.js';
import type { ByteLog } from '../../flow/body/bytelog.js';

/** The input of a reader: a moving window over its bytes. */
export interface Input {
  /** Name in messages. */
  readonly name: string;
  /** Whether the input can be read only once and in order. Its bodies have to be taken as they arrive. */
  readonly once: boolean;
  /** The bytes of the window. */
  readonly buffer: Buffer;
  /** Offset of the window in the input. */
  readonly start: number;
  /** The next byte to read, relative to the window. It may lie beyond the window if the input allows random access. */
  at: number;
  /**
   * Moves the window so that this many bytes are available from `at` on.
   * @returns the number available; fewer only at the end of the input
   */
  fill(wanted: number): Promise<number>;
  /** Whether the input may have this many bytes from `at` on; always true for a stream. */
  reaches(bytes: number): boolean;
  /** Like `reaches`, after checking whether a file has grown. */
  grows(bytes: number): Promise<boolean>;
  /**
   * The source of a body; for a stream, the log to be passed to `take`.
   * @param offset in the input
   * @param crc the expected CRC-32, if the format has one; `onDamage` is called if it does not match
   */
  body(offset: number, length: number, crc?: number, onDamage?: () => void): ByteSource;
  /** Bytes of the input if they are in the window. They stay valid when the window moves. */
  inBlock(offset: number, size: number): Buffer | undefined;
  /** Moves forward, and appends the bytes to a log. @returns false if the input ends first */
  take(bytes: number, log?: ByteLog): Promise<boolean>;
  /** Moves back to an offset. @returns false if that is impossible */
  back(offset: number): boolean;
  close(): Promise<void>;
}

/** Implements `Input.inBlock`. */
export function windowBytes(
  { buffer, start }: Pick<Input, 'buffer' | 'start'>,
  offset: number,
  size: number,
): Buffer | undefined {
  const from = offset - start;
  return from < 0 || from + size > buffer.length ? undefined : buffer.subarray(from, from + size);
}

/** Implements `Input.take` by reading. */
export async function takeBytes(
  input: Pick<Input, 'buffer' | 'at' | 'fill'>,
  bytes: number,
  log?: ByteLog,
): Promise<boolean> {
  for (let left = bytes; left > 0; ) {
    if (input.at === input.buffer.length && (await input.fill(1)) === 0) return false;
    const end = Math.min(input.buffer.length, input.at + left);
    if (log && !log.append(input.buffer.subarray(input.at, end))) await log.drained();
    left -= end - input.at;
    input.at = end;
  }
  return true;
}
