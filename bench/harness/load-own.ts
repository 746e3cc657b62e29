import type { Socket } from 'node:net';
import { AnswerReader } from './answer-reader.js';
import { connectReading } from './client.js';
import type { Load, LoadGenerator, LoadResult } from './load.js';
import { percentile } from './stats.js';

export interface CountedLoad {
  port: number;
  connections: number;
  /** Bytes to send first on a connection, and the length of the response to them. */
  opening?: { bytes: Buffer; answer: number } | undefined;
  /** Complete requests as bytes; they are sent in turn. */
  requests: readonly Buffer[];
  /** How many to send altogether, … */
  count?: number;
  /** … or for how long. */
  seconds?: number;
}

/** The fallback load generator: it shares a process with the rest of the benchmark and is slower than wrk. */
export function loadByOwn(): LoadGenerator {
  return {
    name: 'a small generator on node:net',
    async run({ port, target, host, connections, seconds }: Load): Promise<LoadResult> {
      const request = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      return sendRequests({ port, connections, requests: [request], seconds });
    },
  };
}

/**
 * Sends an exact number of requests, or for some seconds, one at a time on each connection.
 * @throws Error if a connection fails or is closed while an answer is awaited
 */
export async function sendRequests(load: CountedLoad): Promise<LoadResult> {
  const { count = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = load;
  const start = performance.now();
  const deadline = start + seconds * 1000;
  const latencies: number[] = [];
  let sent = 0;
  let failed = 0;

  const sockets: Socket[] = [];

  const one = () =>
    new Promise<void>((resolve, reject) => {
      const reader = new AnswerReader();
      let sentAt = 0;
      const next = () => {
        if (sent >= count || performance.now() >= deadline) {
          socket.destroy();
          resolve();
          return;
        }
        sentAt = performance.now();
        socket.write(load.requests[sent++ % load.requests.length]!);
      };
      let opening = load.opening?.answer ?? 0;
      const take = (bytes: Buffer) => {
        if (opening > 0) {
          opening -= bytes.length;
          if (opening === 0) next();
          return;
        }
        if (!reader.take(bytes)) return;
        latencies.push(performance.now() - sentAt);
        if (reader.status >= 500) failed++;
        next();
      };
      const socket = connectReading(load.port, take, reject);
      sockets.push(socket);
      socket.once('connect', () => (load.opening ? socket.write(load.opening.bytes) : next()));
      socket.once('close', () => reject(new Error(`A connection was closed after ${latencies.length} answers`)));
    });

  try {
    await Promise.all(Array.from({ length: Math.min(load.connections, count) }, one));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  const requests = latencies.length;
  const rate = requests / ((performance.now() - start) / 1000);
  return { requests, rate, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), failed };
}
