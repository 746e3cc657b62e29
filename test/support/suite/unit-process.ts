import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { News, Outcome } from './outcome.js';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

/** Maximum number of bytes of a file's output to keep. */
const OUTPUT_LIMIT = 20_000;

export interface UnitOptions {
  /** Time limit of a file in milliseconds; then its process is ended. Tests have their own limits, which report their names. */
  patience: number;
  /** Called when a file has ended, with its output. */
  onOutcome(file: string, outcome: Outcome, output: string): void;
}

/** Runs files in one process. After a file fails, crashes or hangs, the rest run in another process. */
export async function runUnit(files: readonly string[], options: UnitOptions): Promise<void> {
  let left = [...files];
  while (left.length > 0) {
    const ended = await runInProcess(left, options);
    left = left.slice(ended);
  }
}

/** @returns the number of files that have ended, at least one */
function runInProcess(files: string[], { patience, onOutcome }: UnitOptions): Promise<number> {
  return new Promise((resolve) => {
    const child = fork(WORKER, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let count = 0;
    let output = '';
    let hung = false;
    let timer: NodeJS.Timeout | undefined;
    let start = performance.now();
    const begin = (): void => {
      clearTimeout(timer);
      start = performance.now();
      timer = setTimeout(() => {
        hung = true;
        child.kill('SIGKILL');
      }, patience);
    };
    const end = (outcome: Outcome): void => {
      onOutcome(files[count++]!, outcome, output);
      output = '';
    };
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk).slice(-OUTPUT_LIMIT);
      });
    }
    child.on('message', (news: News | object) => {
      // tap itself sends other messages.
      if ('began' in news || 'ended' in news) begin();
      if ('ended' in news) end(news.outcome);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const time = performance.now() - start;
      // The process exits after the last file or a failed one.
      if (count === 0 || (count < files.length && (code !== 0 || signal !== null))) {
        const reason = hung ? `It hung for ${patience / 1000} s.` : `Its process ended with ${signal ?? code}.`;
        end({ passed: 0, failures: [{ name: files[count]!, details: reason }], skipped: [], time, cpu: 0 });
      }
      resolve(count);
    });
    child.send({ files });
    begin();
  });
}
