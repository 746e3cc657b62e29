import type { ByteSource } from '../../flow/body/body.js';
import type { ByteLog } from '../../flow/body/bytelog.js';

/** Where records are read from: a window of bytes that moves on. */
export interface Input {
  /** For messages. */
  readonly name: string;
  /** True if it can be read only once, in order: what is wanted has to be taken as it comes. */
  readonly once: boolean;
  /** The window. */
  readonly buffer: Buffer;
  /** Where the window begins in the input. */
  readonly start: number;
  /** The next byte to be read, from the beginning of the window; behind it if the input can be read anywhere. */
  at: number;
  /**
   * Moves the window so that this many bytes can be read from `at` on.
   * @returns how many there are: fewer only where the input ends
   */
  fill(wanted: number): Promise<number>;
  /** Whether so many bytes can follow from `at` on. */
  reaches(bytes: number): boolean;
  /** The same after another look, for what may have grown. */
  grows(bytes: number): Promise<boolean>;
  /**
   * Where a body is, or is to be put.
   * @param offset from the beginning of the input
   * @param crc the CRC-32 that it should have, if the format has one; `onDamage` is told if it has not
   */
  body(offset: number, length: number, crc?: number, onDamage?: () => void): ByteSource;
  /** Moves on, and appends what it passes to a log. @returns false if the input ends before */
  take(bytes: number, log?: ByteLog): Promise<boolean>;
  /** Moves to a place that was passed. @returns false if that cannot be done */
  back(offset: number): boolean;
  close(): Promise<void>;
}
