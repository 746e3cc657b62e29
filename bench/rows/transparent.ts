import { readFileSync } from 'node:fs';
import { temporary } from '../harness/contenders.js';
import { findProgram, ownProgram } from '../harness/programs.js';
import type { Row, RowResult, Settings } from '../row.js';

/** The same requests with a redirection and through an explicit proxy; the first should lose nothing. */
export const transparent: Row = {
  name: 'transparent',
  title: 'Transparent against explicit, HTTP, 32 kept connections, 1.1 KB answers',
  async run(bench) {
    const missing = ['unshare', 'ip', 'iptables'].find((program) => !findProgram(program));
    if (missing || process.getuid?.() !== 0) {
      const note = `Not measured: ${missing ? `${missing} is not installed` : 'it takes root'}.`;
      return { measurements: [], notes: [note] };
    }
    const output = temporary(bench, 'transparent');
    const { seconds, rounds, quick, tsdump, recorder, comparing, pin } = bench;
    const settings: Settings = { seconds, rounds, quick, tsdump, recorder, comparing, pin };
    // An unnamed network namespace is removed with its last process.
    const script = 'ip link set lo up && exec "$0" "$@"';
    const args = [process.execPath, ownProgram('transparent'), output, JSON.stringify(settings)];
    bench.progress('transparent and explicit, in turn');
    await bench.children.run('unshare', ['--net', 'sh', '-c', script, ...args], { name: 'transparent', group: true });
    return JSON.parse(readFileSync(output, 'utf8')) as RowResult;
  },
};
