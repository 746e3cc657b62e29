import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { type Running, startContender } from '../harness/contenders.js';
import { ANSWER } from '../harness/origin.js';
import { ownProgram } from '../harness/programs.js';
import type { Bench, Measurement, Row } from '../row.js';

/** Connections before the measured one: they load modules and fill the caches of certificates and sessions. */
const WARM_UP = 2;

/** Number of functions that run for one connection, by V8's precise coverage: the figures are the same in every run. */
export const coverage: Row = {
  name: 'coverage',
  title: 'Code of ours that a new HTTPS connection with one request runs',
  comparisonRounds: 1,
  async run(bench) {
    const running = await startContender({ ...bench, tsdump: unbundled(bench.tsdump) }, 'tsdump -w', {
      insecure: true,
      preload: pathToFileURL(ownProgram('coverage-probe')).href,
    });
    const lines = createInterface(running.child!.process.stdio[3] as Readable);
    try {
      for (let count = 0; count < WARM_UP; count++) await exchange(bench, running.port);
      await functionsRun(running, lines);
      await exchange(bench, running.port);
      const files = ownFiles(await functionsRun(running, lines), unbundled(bench.tsdump));
      const functions = files.reduce((sum, [, count]) => sum + count, 0);
      return {
        notes: ['From CONNECT to the end of both connections, after others to the same host; recorded.'],
        measurements: [line('functions', functions), line('files', files.length)],
        details: files.map(([file, count]) => `${String(count).padStart(4)} ${file}`).join('\n'),
      };
    } finally {
      lines.close();
      await running.discard();
    }
  },
};

function line(what: string, value: number): Measurement {
  return { what, unit: '', better: 'less', values: { 'tsdump -w': value } };
}

/** CONNECT, a full handshake, one request, and its complete response; then the client closes the connection. */
async function exchange({ origin }: Bench, port: number): Promise<void> {
  const host = `localhost:${origin.tlsPort}`;
  const tunnel = request({ port, host: '127.0.0.1', method: 'CONNECT', path: host, headers: { Host: host } }).end();
  const [answer, socket] = (await once(tunnel, 'connect')) as [{ statusCode: number }, Socket];
  if (answer.statusCode !== 200) throw new Error(`CONNECT was answered with ${answer.statusCode}`);
  const stream = connectTls({ socket, servername: 'localhost', rejectUnauthorized: false });
  await once(stream, 'secureConnect');
  const get = request({ createConnection: () => stream, path: ANSWER, headers: { Host: host } }).end();
  const [response] = (await once(get, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
  if (response.statusCode !== 200) throw new Error(`The request was answered with ${response.statusCode}`);
  await once(response.resume(), 'end');
  stream.destroy();
}

/** Functions that ran since the previous call, by the URL of their script. */
async function functionsRun({ child }: Running, lines: Interface): Promise<Record<string, number>> {
  const answer = once(lines, 'line', { signal: AbortSignal.timeout(30_000) });
  child!.kill('SIGUSR2');
  const [text] = (await answer) as [string];
  return JSON.parse(text) as Record<string, number>;
}

/** The modules that a program is bundled from, so that files can be counted. */
function unbundled(program: string): string {
  return join(dirname(dirname(program)), 'dist/src/cli/main.js');
}

/** Those of `dist/src`, given its main module, with paths from there, the largest counts first. */
function ownFiles(counts: Record<string, number>, main: string): [string, number][] {
  const base = `${pathToFileURL(dirname(dirname(main)))}/`;
  return Object.entries(counts)
    .filter(([url]) => url.startsWith(base))
    .map(([url, count]): [string, number] => [url.slice(base.length), count])
    .sort(([a, many], [b, few]) => few - many || (a < b ? -1 : 1));
}
