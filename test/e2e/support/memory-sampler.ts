import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { folder, write } from '../../support/folder.js';
import { until } from '../../support/until.js';

/** Measures the bytes that a program holds, in its heap and in buffers, again and again. */
export class MemorySampler {
  /** A script for `-s`. */
  readonly script: string;
  private readonly path: string;

  constructor(t: Test) {
    const dir = folder(t);
    this.path = join(dir, 'held');
    this.script = write(join(dir, 'sampler.mjs'), scriptFor(this.path));
  }

  /** Resolves when the program was measured in its present state. */
  async measured(): Promise<void> {
    const before = this.samples().length;
    // The next sample may have been taken already.
    await until(() => this.samples().length >= before + 2, 'the memory to be measured');
  }

  /** The largest number of bytes beyond those that the program held at its start. */
  get most(): number {
    const [first, ...later] = this.samples();
    return Math.max(...later) - first!;
  }

  private samples(): number[] {
    return existsSync(this.path) ? readFileSync(this.path, 'latin1').trim().split('\n').map(Number) : [];
  }
}

const LIVE_MEMORY = fileURLToPath(new URL('../../support/live-memory.js', import.meta.url));

/** @param path of the file to which each sample is added as a line */
const scriptFor = (path: string): string => `
import { appendFileSync } from 'node:fs';
import { liveBytes } from ${JSON.stringify(LIVE_MEMORY)};
const sample = () => appendFileSync(${JSON.stringify(path)}, liveBytes() + '\\n');
sample();
setInterval(sample, 200).unref();
`;
