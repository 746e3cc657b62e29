import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer-reader.js';

/**
 * Connects to a port of 127.0.0.1 and passes received bytes to `take` in a reused buffer, to keep the cost of the client low.
 */
export function connectReading(port: number, take: (bytes: Buffer) => void, fail: (error: Error) => void): Socket {
  const onread = {
    buffer: Buffer.allocUnsafe(64 * 1024),
    callback: (length: number, buffer: Uint8Array) => {
      try {
        take((buffer as Buffer).subarray(0, length));
      } catch (error) {
        fail(error as Error);
        socket.destroy();
      }
      return true;
    },
  };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
  socket.once('error', fail);
  return socket;
}

export interface Download {
  /** Milliseconds from connecting to the first byte of the body. */
  firstByte: number;
  /** Milliseconds from connecting to the last byte of the body. */
  total: number;
}

/**
 * Fetches one response and discards its body.
 * @throws Error if it is not a 200 with `size` bytes, or takes more than `timeout` seconds
 */
export function download(port: number, target: string, host: string, size: number, timeout = 300): Promise<Download> {
  return new Promise((resolve, reject) => {
    const reader = new AnswerReader();
    const start = performance.now();
    let firstByte = 0;
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const take = (bytes: Buffer) => {
      const ended = reader.take(bytes);
      if (firstByte === 0 && reader.received > 0) firstByte = performance.now() - start;
      if (!ended) return;
      const total = performance.now() - start;
      if (reader.status !== 200 || reader.received !== size) {
        fail(new Error(`${target}: status ${reader.status} with ${reader.received} bytes instead of 200 with ${size}`));
        return;
      }
      clearTimeout(timer);
      socket.destroy();
      resolve({ firstByte, total });
    };
    const timer = setTimeout(() => fail(new Error(`${target}: not complete within ${timeout} s`)), timeout * 1000);
    const socket = connectReading(port, take, fail);
    socket.once('connect', () => socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
    socket.once('close', () => fail(new Error(`${target}: the connection was closed after ${reader.received} bytes`)));
  });
}
