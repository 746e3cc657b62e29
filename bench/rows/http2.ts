import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { join } from 'node:path';
import { available, type Running, startContender } from '../harness/contenders.js';
import { WARM_UP_SECONDS } from '../harness/load.js';
import { ANSWER } from '../harness/origin.js';
import { cpuSeconds } from '../harness/proc.js';
import { ownProgram } from '../harness/programs.js';
import { Rounds } from '../harness/stats.js';
import type { Contender, Row } from '../row.js';

const CONNECTIONS = 8;
const STREAMS = 16;

/** HTTP/2 over TLS through a reverse proxy. Node generates the load. */
export const http2: Row = {
  name: 'http2',
  title: `HTTP/2 over TLS, ${CONNECTIONS} connections with ${STREAMS} streams, 1.1 KB answers`,
  async run(bench) {
    const notes: string[] = [];
    const rates = new Rounds<Contender>();
    const cpu = new Rounds<Contender>();
    const contenders: Running[] = [];
    const args = [join(bench.dir, 'origin.pem'), join(bench.dir, 'origin', ANSWER)];
    const origin = bench.children.start(process.execPath, [ownProgram('http2-origin'), ...args], {
      name: 'http2 origin',
    });
    try {
      const mode = `reverse:https://127.0.0.1:${(await origin.waitFor(/listening at \S+:(\d+)/))[1]}`;
      for (const contender of available(bench, ['tsdump', 'tsdump -w', 'mitmdump'])) {
        contenders.push(await startContender(bench, contender, { insecure: true, args: ['--mode', mode] }));
      }
      // The first round only warms up.
      for (let round = 0; round <= bench.rounds; round++) {
        for (const running of contenders) {
          bench.progress(`${running.contender}: ${round === 0 ? 'warm-up' : `round ${round}`}`);
          const seconds = round === 0 ? WARM_UP_SECONDS : bench.seconds;
          const { rate, failed, perRequest } = await loadOnce(running, seconds);
          if (failed > 0) notes.push(`${running.contender}: ${failed} requests failed.`);
          if (round === 0) continue;
          rates.add(running.contender, rate);
          if (perRequest !== undefined) cpu.add(running.contender, perRequest);
        }
      }
    } finally {
      for (const running of contenders) await running.discard();
      origin.kill('SIGTERM');
    }
    return {
      notes,
      measurements: [
        {
          what: 'requests over HTTP/2',
          unit: '/s',
          better: 'more',
          values: rates.values,
          rounds: rates.rounds,
          goals: [{ than: 'mitmdump', atLeast: 12, aim: 20 }],
        },
        { what: 'CPU for a request', unit: 'µs', better: 'less', values: cpu.values, rounds: cpu.rounds },
      ],
    };
  },
};

async function loadOnce({ port, child }: Running, seconds: number) {
  const before = child && cpuSeconds(child.pid);
  const end = performance.now() + seconds * 1000;
  const counts = { requests: 0, failed: 0 };
  await Promise.all(Array.from({ length: CONNECTIONS }, () => loadConnection(port, end, counts)));
  const after = child && cpuSeconds(child.pid);
  const perRequest =
    before === undefined || after === undefined ? undefined : ((after - before) / counts.requests) * 1e6;
  return { rate: counts.requests / seconds, failed: counts.failed, perRequest };
}

async function loadConnection(port: number, end: number, counts: { requests: number; failed: number }): Promise<void> {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on('error', () => {});
  await once(session, 'connect');
  const loop = async (): Promise<void> => {
    while (performance.now() < end && !session.destroyed) {
      if (await request(session)) counts.requests++;
      else counts.failed++;
    }
  };
  await Promise.all(Array.from({ length: STREAMS }, loop));
  session.destroy();
}

/** @returns whether it was answered with 200 */
function request(session: ClientHttp2Session): Promise<boolean> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': ANSWER });
    let status: number | undefined;
    stream.on('error', () => {});
    stream.on('response', (head) => {
      status = head[':status'];
    });
    stream.resume();
    stream.once('close', () => resolve(status === 200));
  });
}
