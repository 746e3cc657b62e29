import type { ByteSource } from '../../flow/body/body.js';
import type { ByteLog } from '../../flow/body/bytelog.js';

/** A source of records: a moving window over its bytes. */
export interface Input {
  /** Name in messages. */
  readonly name: string;
  /** Whether the input can be read only once, in order, so that bodies have to be taken as they arrive. */
  readonly once: boolean;
  /** The bytes of the window. */
  readonly buffer: Buffer;
  /** Offset of the window in the input. */
  readonly start: number;
  /** The next byte to read, relative to the window. It may lie beyond the window if the input allows random access. */
  at: number;
  /**
   * Moves the window so that this many bytes can be read from `at` on.
   * @returns the number available; fewer only at the end of the input
   */
  fill(wanted: number): Promise<number>;
  /** Whether the input can have this many bytes from `at` on. */
  reaches(bytes: number): boolean;
  /** Checks again whether it has, for a file that may have grown. */
  grows(bytes: number): Promise<boolean>;
  /**
   * The place of a body, or a log that will hold it.
   * @param offset in the input
   * @param crc the expected CRC-32, if the format has one; `onDamage` is called if it does not match
   */
  body(offset: number, length: number, crc?: number, onDamage?: () => void): ByteSource;
  /** Bytes of the input, if the window has them. They stay valid when it moves. */
  inBlock(offset: number, size: number): Buffer | undefined;
  /** Moves ahead, and appends the bytes to a log. @returns false if the input ends first */
  take(bytes: number, log?: ByteLog): Promise<boolean>;
  /** Moves back to an offset. @returns false if that is impossible */
  back(offset: number): boolean;
  close(): Promise<void>;
}

/** `Input.inBlock`. */
export function windowBytes(
  { buffer, start }: Pick<Input, 'buffer' | 'start'>,
  offset: number,
  size: number,
): Buffer | undefined {
  const from = offset - start;
  return from < 0 || from + size > buffer.length ? undefined : buffer.subarray(from, from + size);
}
