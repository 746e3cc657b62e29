import { join } from 'node:path';
import { available, type Running, startContender } from '../harness/contenders.js';
import { CONNECTIONS, type Http2Request, loadHttp2, STREAMS } from '../harness/http2-load.js';
import { WARM_UP_SECONDS } from '../harness/load.js';
import { ANSWER } from '../harness/origin.js';
import { ownProgram } from '../harness/programs.js';
import { noteFailures, Rounds } from '../harness/stats.js';
import type { Bench, Contender, Row } from '../row.js';

/** A GET that is answered with 1.1 KB. */
export const GET: Http2Request = {
  open: (session) => session.request({ ':path': ANSWER }),
  isAnswered: (fields) => fields.get(':status') === 200,
};

/** HTTP/2 over TLS through a reverse proxy. */
export const http2: Row = {
  name: 'http2',
  title: `HTTP/2 over TLS, ${CONNECTIONS} connections with ${STREAMS} streams, 1.1 KB answers`,
  async run(bench) {
    const { notes, figures } = await measureHttp2(bench, [GET]);
    const { rates, cpu } = figures[0]!;
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

interface Figures {
  readonly rates: Rounds<Contender>;
  readonly cpu: Rounds<Contender>;
}

/** Measures kinds of requests through the same proxies, in turn. */
export async function measureHttp2(
  bench: Bench,
  kinds: readonly Http2Request[],
): Promise<{ notes: string[]; figures: readonly Figures[] }> {
  const notes: string[] = [];
  const figures = kinds.map((): Figures => ({ rates: new Rounds(), cpu: new Rounds() }));
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
        for (const [at, kind] of kinds.entries()) {
          const load = await loadHttp2(running, kind, round === 0 ? WARM_UP_SECONDS : bench.seconds);
          if (round === 0) continue;
          const { rates, cpu } = figures[at]!;
          rates.add(running.contender, load.rate);
          cpu.add(running.contender, load.cpu);
          noteFailures(running.contender, load, [rates, cpu], notes);
        }
      }
    }
  } finally {
    for (const running of contenders) await running.discard();
    origin.kill('SIGTERM');
  }
  return { notes, figures };
}
