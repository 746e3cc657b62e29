import type { Server, Socket } from 'node:net';
import type { Address } from '../../../flow/connection.js';

/** What transparent mode asks of an operating system. */
export interface Platform {
  /**
   * Makes a listener ready for connections that were meant for others.
   * @returns what it takes and does not take, in words that go on behind the name of the listener
   */
  prepare(listener: Server): string[];
  /**
   * Where a connection was going before it was redirected to us. That of one that was not redirected is our own listener.
   * @throws Error if it cannot be told
   */
  originalDestination(socket: Socket): Address | Promise<Address>;
}
