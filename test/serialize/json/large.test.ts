import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { type HttpFlow, releaseFlow } from '../../../src/flow/flow.js';
import { Random } from '../../support/random.js';
import { describeFlow, describeFlows, readAll, toFormat } from '../flows.js';
import { plainHttpFlow, upgradedFlow } from '../sample-flows.js';

const folder = t.testdir({});

/** Text with characters of all lengths and all that JSON escapes, cut anywhere. */
function oddText(size: number): Buffer {
  const random = new Random(3);
  const parts: string[] = [];
  const some = [
    'plain text ',
    '"',
    '\\',
    '\n',
    '\0',
    '\u2028',
    '\xe9',
    '\u2603',
    '\u{1f600}',
    '/',
    '\x7f',
    '</script>',
  ];
  for (let length = 0; length < size; length += parts.at(-1)!.length)
    parts.push(random.pick(some).repeat(1 + random.below(9)));
  return Buffer.from(parts.join(''));
}

async function withBody(path: string, content: Buffer, encoding?: string): Promise<HttpFlow> {
  const flow = plainHttpFlow(path, '');
  if (encoding) flow.response!.headers.append('Content-Encoding', encoding);
  for (let at = 0; at < content.length; at += 10_007) {
    if (!flow.response!.body.append(content.subarray(at, at + 10_007))) await flow.response!.body.drained();
  }
  return flow;
}

/** A flow in which everything but the body is large. */
async function withFacts(): Promise<HttpFlow> {
  const flow = plainHttpFlow('/facts');
  const text = 'x'.repeat(400_000);
  flow.metadata = { text, list: [{ data: text }], bytes: Buffer.from(text) };
  flow.comment = text;
  flow.response!.headers.append('X', text);
  return flow;
}

for (const format of ['jsonl', 'har'] as const) {
  t.test(`${format}: large bodies come back from a file and from a stream`, async (t) => {
    const text = oddText(1_600_000);
    const bytes = new Random(1).bytes(1_300_000);
    const flows = [
      plainHttpFlow('/before'),
      await withBody('/text', text),
      await withBody('/bytes', bytes),
      await withBody('/gzip', gzipSync(text), 'gzip'),
      await withBody('/not-gzip', bytes, 'gzip'),
      await withBody('/cut-character', text.subarray(0, 1_200_000 - (1_200_000 % 3) + 1)),
      await withFacts(),
      plainHttpFlow('/after'),
    ];
    const expected = await describeFlows(flows);
    const file = await toFormat(format, flows);
    t.doesNotThrow(() =>
      file
        .toString()
        .split(format === 'jsonl' ? '\n' : '\0')
        .filter(Boolean)
        .map((one) => JSON.parse(one)),
    );
    const path = join(folder, format);
    writeFileSync(path, file);
    const pieces = Array.from({ length: Math.ceil(file.length / 65_536) }, (_, at) =>
      file.subarray(at * 65_536, (at + 1) * 65_536),
    );
    for (const input of [path, pieces]) {
      const { flows: read, damage } = await readAll(input);
      t.same(damage, []);
      t.equal((read[1] as HttpFlow).response!.body.stored!.buffer, undefined, 'it is not in memory');
      t.ok(isDeepStrictEqual(await describeFlows(read), expected), 'as they were');
      t.ok((await toFormat(format, read)).equals(file), 'written again it is the same');
      read.forEach(releaseFlow);
    }
    flows.forEach(releaseFlow);
  });

  t.test(`${format}: a message log that is larger than memory should be`, async (t) => {
    const flow = upgradedFlow();
    const big = new Random(2).bytes(600_000);
    for (let at = 0; at < 6000; at++) {
      const content = at % 1500 === 0 ? big : Buffer.from(`message ${at} \u2603`);
      const opcode = content === big ? 2 : 1;
      if (!flow.messages!.append({ fromClient: at % 2 === 0, opcode, timestamp: at, content })) {
        await flow.messages!.drained();
      }
    }
    const expected = await describeFlow(flow);
    const file = await toFormat(format, [flow, plainHttpFlow('/after')]);
    const path = join(folder, `${format}-messages`);
    writeFileSync(path, file);
    for (const input of [path, [file.subarray(0, 100_000), file.subarray(100_000)]]) {
      const { flows: read, damage } = await readAll(input);
      t.same([damage, read.length], [[], 2]);
      t.ok(isDeepStrictEqual(await describeFlow(read[0]!), expected), 'as they were');
      read.forEach(releaseFlow);
    }
    releaseFlow(flow);
  });

  t.test(`${format}: a large flow that is damaged or cut off`, async (t) => {
    const flows = [plainHttpFlow('/before'), await withBody('/large', oddText(1_600_000)), plainHttpFlow('/after')];
    const file = await toFormat(format, flows);
    flows.forEach(releaseFlow);
    const start = file.indexOf('\n', file.indexOf('/before')) + 1;
    const damaged = Buffer.from(file);
    damaged[start + 1_200_000] = 0x01;
    const path = join(folder, `${format}-damaged`);
    for (const [bytes, kind, paths] of [
      [damaged, format === 'jsonl' ? 'metadata' : 'garbage', ['/before', '/after']],
      [file.subarray(0, start + 1_200_000), 'truncated', ['/before']],
    ] as const) {
      writeFileSync(path, bytes);
      for (const input of [path, [bytes]]) {
        const { flows: read, damage } = await readAll(input);
        t.same(
          damage.map((one) => [one.kind, one.offset]),
          [[kind, start]],
        );
        t.same(
          read.map((flow) => (flow as HttpFlow).request.path),
          paths,
        );
        read.forEach(releaseFlow);
      }
    }
  });
}
