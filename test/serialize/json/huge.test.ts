import { openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Body, type ByteSource } from '../../../src/flow/body/body.js';
import { type HttpFlow, releaseFlow } from '../../../src/flow/flow.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { FORMATS } from '../../../src/serialize/formats.js';
import { readFlows } from '../../../src/serialize/input/reader.js';
import type { Sink } from '../../../src/serialize/output/sinks.js';
import { liveBytes } from '../../support/live-memory.js';
import { failOnError, policy } from '../flows.js';
import { plainHttpFlow } from '../sample-flows.js';

const folder = t.testdir({});
/** Bytes that may be held at a time, far less than the content; a slow disk makes them more. */
const ALLOWED = 100_000_000;

t.test('a string longer than V8 has strings for', async (t) => {
  const path = join(folder, 'huge');
  const file = openSync(path, 'w');
  // Few characters are escaped, so that it takes less time.
  const piece = Buffer.from(`${'0123456789'.repeat(120_000)}\\n`);
  const pieces = 450;
  writeSync(file, '{"type":"http","request":{"method":"PUT","url":"http://a/","body":"');
  for (let at = 0; at < pieces; at++) writeSync(file, piece);
  writeSync(file, '"}}\n{"type":"http","request":{"method":"GET","url":"http://a/next"}}\n');
  t.ok(statSync(path).size > 2 ** 29);
  const before = liveBytes();
  let largest = 0;
  const paths: string[] = [];
  await readFlows({ path }, { policy, onDamage: ({ message }) => t.fail(message) }, async (flow) => {
    const { body, path } = (flow as HttpFlow).request;
    paths.push(path);
    if (path === '/next') return;
    t.equal(body.size, pieces * 1_200_001);
    let size = 0;
    for await (const chunk of body.rawChunks()) {
      const step = Math.floor(size / 50_000_000);
      size += chunk.length;
      if (Math.floor(size / 50_000_000) > step) largest = Math.max(largest, liveBytes());
    }
    t.equal(size, body.size);
    releaseFlow(flow);
  });
  t.same(paths, ['/', '/next']);
  t.ok(largest > 0 && largest - before < ALLOWED, `${largest - before} bytes more`);
});

/** Discards everything. */
class EmptySink implements Sink {
  readonly name = 'nowhere';
  size = 0;

  write(chunks: readonly Buffer[], done: () => void): void {
    for (const { length } of chunks) this.size += length;
    setImmediate(done);
  }

  async close(): Promise<void> {}
}

for (const format of ['jsonl', 'har'] as const) {
  t.test(`${format}: a body larger than memory should be is written`, async (t) => {
    const chunk = Buffer.from('0123456789abcd\n"'.repeat(16_384));
    const sink = new EmptySink();
    let most = Number.NEGATIVE_INFINITY;
    const source: ByteSource = {
      size: chunk.length * 400,
      buffer: undefined,
      async *read() {
        const before = liveBytes();
        for (let at = 0; at < 400; at++) {
          yield chunk;
          if (at % 50 === 49) most = Math.max(most, liveBytes() - before);
        }
      },
      release() {},
    };
    const flow = plainHttpFlow('/', '');
    const { headers } = flow.response!;
    const body = Body.of(headers, source, source.size, true);
    flow.response = new HttpResponse({ statusCode: 200, reason: 'OK', httpVersion: 'HTTP/1.1', headers, body });
    const writer = await FORMATS[format].createWriter(sink, { onError: failOnError });
    await writer.write(flow);
    await writer.close();
    t.ok(sink.size > source.size);
    t.ok(Number.isFinite(most) && most < ALLOWED, `${most} bytes more`);
  });
}
