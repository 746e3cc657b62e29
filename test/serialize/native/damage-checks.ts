import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type Flow, releaseFlow } from '../../../src/flow/flow.js';
import type { Compression } from '../../../src/serialize/compression/codec.js';
import type { Damage } from '../../../src/serialize/input/reader.js';
import { prefixes } from '../../support/cuts.js';
import { describeFlow, type ReadResult, readAll, toBytes } from '../flows.js';
import { splitRecords } from './records.js';

/** Bytes around the start of a record that are all tried. Others differ only in the checksum that fails. */
const FRAMING = 40;

/** Reads each beginning of a capture with these flows as a stream, and those that end near a record as a file. */
export async function checkBeginnings(t: Test, flows: readonly Flow[], compress?: Compression): Promise<void> {
  const path = join(t.testdir({}), 'input');
  const bytes = await toBytes(flows, compress);
  const begins = splitRecords(bytes).map(({ offset }) => offset);
  writeFileSync(path, bytes);
  for (const prefix of [...prefixes(bytes)].reverse()) {
    truncateSync(path, prefix.length);
    const whole = begins.filter((_, at) => (begins[at + 1] ?? bytes.length) <= prefix.length).length;
    const torn = begins.includes(prefix.length) ? [] : [['truncated', begins[whole]]];
    const results = [await readAll([prefix])];
    if (isNear(prefix.length, [...begins, bytes.length]) || prefix.length % 8 === 0) results.push(await readAll(path));
    for (const { flows: read, damage } of results) {
      if (ids(read).join() !== ids(flows).slice(0, whole).join()) t.fail(`flows of the first ${prefix.length} bytes`);
      if (JSON.stringify(found(damage)) !== JSON.stringify(torn)) t.fail(`damage of the first ${prefix.length} bytes`);
      for (const flow of read) releaseFlow(flow);
    }
  }
  t.pass('reads what is whole and reports the record that is not');
}

/** Reads a capture with these flows with single bits flipped: each of those that frame records, one of each other byte. */
export async function checkFlippedBits(t: Test, flows: readonly Flow[], compress?: Compression): Promise<void> {
  const path = join(t.testdir({}), 'input');
  const bytes = await toBytes(flows, compress);
  const begins = splitRecords(bytes).map(({ offset }) => offset);
  const expected = new Map<string, string>();
  for (const flow of flows) expected.set(flow.id, JSON.stringify(await describeFlow(flow)));
  let bodies = 0;
  const check = async (bit: number, { flows: some, damage }: ReadResult) => {
    for (const flow of some) {
      const right = JSON.stringify(await describeFlow(flow)) === expected.get(flow.id);
      const bodyDamage = damage.some(({ kind }) => kind === 'body');
      if (bodyDamage) bodies++;
      if (!right && !bodyDamage) t.fail(`bit ${bit}: a wrong flow`);
      releaseFlow(flow);
    }
    if (damage.length !== 1) t.fail(`bit ${bit}: damage is reported ${damage.length} times`);
  };
  writeFileSync(path, bytes);
  const file = openSync(path, 'r+');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const at = bit >> 3;
    const isOneOfByte = (bit & 7) === at % 8;
    if (!isOneOfByte && !isNear(at, begins)) continue;
    const sound = bytes[at]!;
    bytes[at] = sound ^ (1 << (bit & 7));
    writeSync(file, bytes, at, 1, at);
    // The two kinds of input differ in how they read, and not in what is damaged.
    const isNearBegin = isNear(at, begins);
    if (isNearBegin || at % 2 === 0) await check(bit, await readAll(path));
    if (isOneOfByte && (isNearBegin || at % 2 === 1)) await check(bit, await readAll([Buffer.from(bytes)]));
    bytes[at] = sound;
    writeSync(file, bytes, at, 1, at);
  }
  closeSync(file);
  t.ok(bodies > 0, 'damage of bodies is found when they are read');
}

function isNear(at: number, places: readonly number[]): boolean {
  return places.some((place) => Math.abs(at - place) <= FRAMING);
}

export function ids(flows: readonly Flow[]): string[] {
  return flows.map(({ id }) => id);
}

export function found(damage: readonly Damage[]): unknown {
  return damage.map(({ kind, offset }) => [kind, offset]);
}
