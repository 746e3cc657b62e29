import { readFileSync, rmSync } from 'node:fs';
import type { Bench } from '../row.js';
import { temporary } from './contenders.js';
import { ANSWER } from './origin.js';
import { ownProgram } from './programs.js';

export interface TlsLoad {
  /** Kept connections, a full handshake for each request, or also another server name for each. */
  name: 'kept' | 'fresh' | 'names';
  connections: number;
}

export interface TlsLoadResult {
  requests: number;
  failed: number;
  seconds: number;
}

/** Sends requests over TLS through CONNECT. */
export async function loadTls(bench: Bench, port: number, load: TlsLoad, seconds: number): Promise<TlsLoadResult> {
  const output = temporary(bench, 'tls-load');
  const { tlsPort } = bench.origin;
  const args = [port, tlsPort, ANSWER, load.connections, seconds, load.name].map(String);
  await bench.children.run(
    '/bin/sh',
    ['-c', 'exec "$0" "$@" > "$OUTPUT"', process.execPath, ownProgram('tls-load'), ...args],
    {
      name: 'tls-load',
      env: { ...process.env, OUTPUT: output },
    },
  );
  const result = JSON.parse(readFileSync(output, 'utf8')) as TlsLoadResult;
  rmSync(output);
  return result;
}
