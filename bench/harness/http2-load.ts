import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import type { Running } from './contenders.js';
import { cpuSeconds } from './proc.js';

export const CONNECTIONS = 8;
export const STREAMS = 16;

/** One kind of request. */
export interface Http2Request {
  open(session: ClientHttp2Session): ClientHttp2Stream;
  /** Whether it was answered as it should be, by the fields of the head and the trailers. */
  isAnswered(fields: ReadonlyMap<string, unknown>): boolean;
}

export interface Http2Load {
  readonly requests: number;
  readonly failed: number;
  /** Answered requests a second. */
  readonly rate: number;
  /** Microseconds of the proxy for an answered request. */
  readonly cpu: number | undefined;
}

/** Sends requests over HTTP/2 and TLS, 16 at a time on each of 8 connections. Node generates the load. */
export async function loadHttp2({ port, child }: Running, request: Http2Request, seconds: number): Promise<Http2Load> {
  const before = child && cpuSeconds(child.pid);
  const end = performance.now() + seconds * 1000;
  const counts = { requests: 0, failed: 0 };
  await Promise.all(Array.from({ length: CONNECTIONS }, () => loadConnection(port, request, end, counts)));
  const after = child && cpuSeconds(child.pid);
  const isMeasured = before !== undefined && after !== undefined && counts.requests > 0;
  const cpu = isMeasured ? ((after - before) / counts.requests) * 1e6 : undefined;
  return { ...counts, rate: counts.requests / seconds, cpu };
}

async function loadConnection(
  port: number,
  request: Http2Request,
  end: number,
  counts: { requests: number; failed: number },
): Promise<void> {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on('error', () => {});
  await once(session, 'connect');
  const loop = async (): Promise<void> => {
    while (performance.now() < end && !session.destroyed) {
      if (await send(session, request)) counts.requests++;
      else counts.failed++;
    }
  };
  await Promise.all(Array.from({ length: STREAMS }, loop));
  session.destroy();
}

function send(session: ClientHttp2Session, { open, isAnswered }: Http2Request): Promise<boolean> {
  return new Promise((resolve) => {
    const stream = open(session);
    const fields = new Map<string, unknown>();
    const take = (head: object): void => {
      for (const [name, value] of Object.entries(head)) fields.set(name, value);
    };
    stream.on('error', () => {});
    stream.on('response', take);
    stream.on('trailers', take);
    stream.resume();
    stream.once('close', () => resolve(isAnswered(fields)));
  });
}
