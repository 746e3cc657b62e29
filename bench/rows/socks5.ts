import { type Running, startContender } from '../harness/contenders.js';
import { WARM_UP_SECONDS } from '../harness/load.js';
import { sendRequests } from '../harness/load-own.js';
import { ANSWER } from '../harness/origin.js';
import { cpuSeconds } from '../harness/proc.js';
import { Rounds } from '../harness/stats.js';
import type { Bench, Contender, Row } from '../row.js';

const CONNECTIONS = 32;
const MODES = ['socks5', 'regular'] as const;

/** The same requests through SOCKS 5 and through an explicit proxy; the first should lose nothing. */
export const socks5: Row = {
  name: 'socks5',
  title: `SOCKS 5 against explicit, HTTP, ${CONNECTIONS} kept connections, 1.1 KB answers`,
  async run(bench) {
    const modes = bench.comparing ? MODES.slice(0, 1) : MODES;
    const results = modes.map(() => ({ rates: new Rounds<Contender>(), cpu: new Rounds<Contender>() }));
    const running: Running[] = [];
    try {
      for (const mode of modes) running.push(await startContender(bench, 'tsdump -w', { args: ['--mode', mode] }));
      // The first round only warms up.
      for (let round = 0; round <= bench.rounds; round++) {
        for (const [at, mode] of modes.entries()) {
          bench.progress(round === 0 ? `${mode}: warm-up` : `${mode}: round ${round}`);
          const { rate, cpu } = await loadOnce(
            bench,
            running[at]!,
            mode === 'socks5',
            round === 0 ? WARM_UP_SECONDS : bench.seconds,
          );
          if (round === 0) continue;
          results[at]!.rates.add('tsdump -w', rate);
          results[at]!.cpu.add('tsdump -w', cpu);
        }
      }
    } finally {
      for (const one of running) await one.discard();
    }
    return {
      notes: [],
      measurements: results.flatMap(({ rates, cpu }, at) => [
        { what: `requests, ${modes[at]}`, unit: '/s', better: 'more', values: rates.values, rounds: rates.rounds },
        { what: `CPU for a request, ${modes[at]}`, unit: 'µs', better: 'less', values: cpu.values, rounds: cpu.rounds },
      ]),
    };
  },
};

async function loadOnce(bench: Bench, { port, child }: Running, socks: boolean, seconds: number) {
  const host = `127.0.0.1:${bench.origin.port}`;
  const request = Buffer.from(`GET ${socks ? '' : `http://${host}`}${ANSWER} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const before = cpuSeconds(child!.pid);
  const { rate, requests, failed } = await sendRequests({
    port,
    connections: CONNECTIONS,
    requests: [request],
    seconds,
    opening: socks ? openingOf(bench.origin.port) : undefined,
  });
  if (failed > 0) throw new Error(`${failed} of ${requests} requests failed`);
  const after = cpuSeconds(child!.pid);
  const cpu = before === undefined || after === undefined ? undefined : ((after - before) / requests) * 1e6;
  return { rate, cpu };
}

/** No authentication, CONNECT to a port of 127.0.0.1 (RFC 1928, sections 3 to 6). */
function openingOf(port: number): { bytes: Buffer; answer: number } {
  return { bytes: Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 0xff]), answer: 2 + 10 };
}
