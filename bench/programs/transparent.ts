import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { Children } from '../harness/children.js';
import { type Running, startContender } from '../harness/contenders.js';
import { findLoadGenerator, WARM_UP_SECONDS } from '../harness/load.js';
import { ANSWER, startOrigin } from '../harness/origin.js';
import { NO_PEERS } from '../harness/peers.js';
import { cpuSeconds } from '../harness/proc.js';
import { Rounds } from '../harness/stats.js';
import type { Bench, Contender, RowResult, Settings } from '../row.js';

// Runs in a network namespace of its own, and writes a RowResult.
//
//   node transparent.js OUTPUT SETTINGS-AS-JSON

const CONNECTIONS = 32;
/** Source address of tsdump's connections to the origin; connections from other addresses are redirected. */
const SOURCE = '127.0.0.2';
const MODES = ['transparent', 'regular'] as const;

const [output = '', json = ''] = process.argv.slice(2);
const settings = JSON.parse(json) as Settings;
const modes = settings.comparing ? MODES.slice(0, 1) : MODES;
const children = new Children();
process.once('exit', () => children.endAll());
const dir = `${output}.dir`;
mkdirSync(dir);
try {
  writeFileSync(output, JSON.stringify(await measure()));
} finally {
  children.endAll();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}

async function measure(): Promise<RowResult> {
  const bench: Bench = {
    ...settings,
    dir,
    mitmdump: undefined,
    peers: NO_PEERS,
    children,
    origin: await startOrigin(children, dir),
    load: await findLoadGenerator(children, dir),
    progress: () => {},
  };
  const running: Running[] = [];
  for (const mode of modes) {
    running.push(
      await startContender(bench, 'tsdump -w', { args: ['--mode', mode, '--set', `connect_addr=${SOURCE}`] }),
    );
  }
  const rule = `-t nat -A OUTPUT -p tcp ! -s ${SOURCE} --dport ${bench.origin.port} -j REDIRECT --to-ports`;
  await children.run('iptables', [...rule.split(' '), String(running[0]!.port)]);

  const results = modes.map(() => ({ rates: new Rounds<Contender>(), cpu: new Rounds<Contender>() }));
  const notes: string[] = [];
  // The first round only warms up.
  for (let round = 0; round <= bench.rounds; round++) {
    for (const [at, mode] of modes.entries()) {
      const { rate, cpu, failed } = await loadOnce(
        bench,
        running[at]!,
        mode === 'transparent',
        round === 0 ? WARM_UP_SECONDS : bench.seconds,
      );
      if (failed > 0) notes.push(`${mode}: ${failed} failed.`);
      if (round === 0) continue;
      results[at]!.rates.add('tsdump -w', rate);
      results[at]!.cpu.add('tsdump -w', cpu);
    }
  }
  for (const one of running) await one.stop();
  return {
    notes,
    measurements: results.flatMap(({ rates, cpu }, at) => [
      { what: `requests, ${modes[at]}`, unit: '/s', better: 'more', values: rates.values, rounds: rates.rounds },
      { what: `CPU for a request, ${modes[at]}`, unit: 'µs', better: 'less', values: cpu.values, rounds: cpu.rounds },
    ]),
  };
}

async function loadOnce(bench: Bench, { port, child }: Running, redirected: boolean, seconds: number) {
  const host = `127.0.0.1:${bench.origin.port}`;
  const before = cpuSeconds(child!.pid);
  const { rate, requests, failed } = await bench.load.run({
    port: redirected ? bench.origin.port : port,
    target: redirected ? ANSWER : `http://${host}${ANSWER}`,
    host,
    connections: CONNECTIONS,
    seconds,
  });
  const after = cpuSeconds(child!.pid);
  const cpu = before === undefined || after === undefined ? undefined : ((after - before) / requests) * 1e6;
  return { rate, cpu, failed };
}
