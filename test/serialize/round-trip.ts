import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Flow } from '../../src/flow/flow.js';
import { describeFlows, readAll } from './flows.js';

/**
 * Checks that flows come back from a file, from a stream, and from one that comes byte by byte; and that they make the
 * same file when they are written again.
 * @param expected the flows as `describeFlows` shows them
 * @param rewrites ways to write flows, by their names
 */
export async function checkRoundTrip(
  t: Test,
  bytes: Buffer,
  expected: readonly unknown[],
  rewrites: Readonly<Record<string, (flows: Flow[]) => Promise<Buffer>>>,
): Promise<void> {
  const path = join(t.testdir({}), 'all');
  writeFileSync(path, bytes);
  for (const [name, input] of [
    ['file', path],
    ['stream', [bytes]],
    ['stream of single bytes', [...bytes].map((byte) => Buffer.of(byte))],
  ] as const) {
    const { flows, damage, summary } = await readAll(input);
    t.same(damage, [], name);
    t.same(summary, { flows: expected.length, recovered: 0, unknown: 0, damaged: 0 }, name);
    t.strictSame(await describeFlows(flows), expected, name);
    for (const [way, write] of Object.entries(rewrites)) {
      t.ok((await write(flows)).equals(bytes), `${name}: ${way} it is the same bytes`);
    }
  }
}
