import { writeSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/*
 * `node --import coverage-probe.js PROGRAM`: on SIGUSR2, once no TCP connection is open, the program writes to its file
 * descriptor 3 which functions ran since the last time: one line of JSON, `{ [url of the script]: number of functions }`.
 */
/** Connections, and what the file system, the resolver and zlib have been given to do. */
const PENDING = /TCPSocket|Req|Zlib/;
const PAUSE = 20;
const IDLE_TURNS = 50;
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

process.on('SIGUSR2', async () => {
  for (let idle = 0; idle < IDLE_TURNS; ) {
    await sleep(PAUSE);
    idle = process.getActiveResourcesInfo().some((name) => PENDING.test(name)) ? 0 : idle + 1;
  }
  // It resets the counts.
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const counts: Record<string, number> = {};
  for (const { url, functions } of result) {
    // The first range is the whole function, the others are blocks in it.
    const ran = functions.filter(({ ranges }) => ranges[0]!.count > 0).length;
    if (ran > 0) counts[url] = ran;
  }
  writeSync(3, `${JSON.stringify(counts)}\n`);
});
