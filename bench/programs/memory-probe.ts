import { writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/*
 * `node --import memory-probe.js PROGRAM`: on SIGUSR2 the program collects its garbage and writes what is left, as one
 * line of JSON (`process.memoryUsage()`), to its file descriptor 3.
 */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('SIGUSR2', async () => {
  // Finalizers of one collection free what the next one finds.
  for (let round = 0; round < 3; round++) {
    collect();
    await turn();
  }
  writeSync(3, `${JSON.stringify(process.memoryUsage())}\n`);
});
