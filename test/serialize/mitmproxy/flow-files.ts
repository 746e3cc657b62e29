import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flow } from '../../../src/flow/flow.js';
import { FlowEncoder } from '../../../src/serialize/mitmproxy/flow-encoder.js';
import { EncodedWriter } from '../../../src/serialize/output/encoded-writer.js';
import { failOnError, MemorySink } from '../flows.js';

export const FIXTURES = join(import.meta.dirname, '../../../../fixtures/mitmproxy');

/** A file that some mitmproxy wrote in this version of the format. */
export function fixturePath(version: number): string {
  return join(FIXTURES, `v${version}.mitm`);
}

/** The versions of files in `fixtures/mitmproxy/early`. */
export const EARLY = '0.11 0.13 0.15 0.16 0.17 0.18 0.19 1.0 2.0 3.0 4 5 6'.split(' ');

export function fixture(version: number): Buffer {
  return readFileSync(fixturePath(version));
}

/** The flows as a mitmproxy file. Those that come from one are encoded anew all the same. */
export async function toMitmproxy(flows: Iterable<Flow>): Promise<Buffer> {
  for (const flow of flows) flow.source = undefined;
  return copyToMitmproxy(flows);
}

/** The same, but what is unchanged may be copied. */
export async function copyToMitmproxy(flows: Iterable<Flow>): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = new EncodedWriter(sink, new FlowEncoder(), { onError: failOnError });
  for (const flow of flows) await writer.write(flow);
  await writer.close();
  return sink.bytes;
}

/** Where each record of a file begins, and where the last one ends. */
export function boundaries(file: Buffer): number[] {
  const offsets = [0];
  for (let at = 0; at < file.length; ) {
    const colon = file.indexOf(':', at);
    at = colon + 2 + Number(file.toString('latin1', at, colon));
    offsets.push(at);
  }
  return offsets;
}
