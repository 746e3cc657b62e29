import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import t from 'tap';
import { InflateError, Inflater } from '../../../../src/engine/websocket/deflate/inflater.js';
import { Random } from '../../../support/random.js';

/** Decompresses messages, each in pieces of so many bytes. */
function inflate(messages: readonly Buffer[], step: number, keepsContext = true): Buffer[] {
  let output: Buffer[] = [];
  const inflater = new Inflater((bytes) => output.push(bytes));
  return messages.map((message) => {
    output = [];
    for (let at = 0; at < message.length; at += step) inflater.write(message.subarray(at, at + step));
    inflater.endMessage(keepsContext);
    return Buffer.concat(output);
  });
}

/** Compresses messages one after the other, as permessage-deflate does. */
async function deflate(messages: readonly Buffer[], options: object): Promise<Buffer[]> {
  const deflater = createDeflateRaw(options);
  const compressed: Buffer[] = [];
  for (const message of messages) {
    const chunks: Buffer[] = [];
    const take = (chunk: Buffer) => void chunks.push(chunk);
    deflater.on('data', take);
    if (message.length > 0) deflater.write(message);
    await new Promise<void>((resolve) => deflater.flush(constants.Z_SYNC_FLUSH, resolve));
    deflater.off('data', take);
    compressed.push(message.length === 0 ? Buffer.of(0) : Buffer.concat(chunks).subarray(0, -4));
  }
  deflater.close();
  return compressed;
}

function contents(random: Random): Buffer[] {
  const words = ['the', 'quick', '{"id":', 'null}', '\n', 'fox ', 'ö', '12345'];
  const text = (length: number) => {
    let result = '';
    while (result.length < length) result += words[random.below(words.length)];
    return Buffer.from(result);
  };
  return [
    text(50),
    random.bytes(700),
    Buffer.alloc(0),
    text(70_000),
    Buffer.alloc(100_000, 'ab'),
    random.bytes(66_000),
  ];
}

t.test('output of zlib at each level and strategy', async (t) => {
  const random = new Random(5);
  for (let round = 0; round < 40; round++) {
    const messages = contents(random);
    const options = {
      level: round % 10,
      strategy: round % 5,
      windowBits: 9 + (round % 7),
      memLevel: 1 + (round % 9),
    };
    const compressed = await deflate(messages, options);
    for (const step of [1 + random.below(9), 1000, 1e9]) {
      t.ok(
        inflate(compressed, step).every((found, at) => found.equals(messages[at]!)),
        `${JSON.stringify(options)}, ${step} bytes at a time`,
      );
    }
  }
});

// RFC 7692 section 7.2.3.
const EXAMPLES: readonly (readonly [name: string, messages: readonly string[], keepsContext?: boolean])[] = [
  ['one block', ['f248cdc9c90700']],
  ['sharing the window', ['f248cdc9c90700', 'f200110000']],
  ['a block without compression', ['000500faff48656c6c6f00']],
  ['the last block of a stream', ['f348cdc9c9070000']],
  ['two blocks', ['f248050000 00ffff cac9c90700'.replaceAll(' ', '')]],
  ['no context', ['f248cdc9c90700', 'f248cdc9c90700'], false],
];

t.test('the examples of RFC 7692', async (t) => {
  for (const [name, messages, keepsContext = true] of EXAMPLES) {
    for (const step of [1, 100]) {
      const found = inflate(
        messages.map((hex) => Buffer.from(hex, 'hex')),
        step,
        keepsContext,
      );
      t.same(
        found.map(String),
        messages.map(() => 'Hello'),
        name,
      );
    }
  }
});

const DAMAGED: readonly (readonly [name: string, hex: string])[] = [
  ['a block of the reserved type', '07'],
  ['a length that does not agree with its inverse', '000500faff'.replace('fa', 'fb')],
  ['a match that lies before the beginning', '4b040100'.replace('4b04', '0302')],
  ['cut off within a block', 'f248cdc9'],
  ['too many codes', `fd${'ff'.repeat(40)}`],
];

t.test('damaged data', async (t) => {
  for (const [name, hex] of DAMAGED) t.throws(() => inflate([Buffer.from(hex, 'hex')], 1), InflateError, name);
  t.throws(
    () =>
      inflate(
        ['f248cdc9c90700', 'f200110000'].map((hex) => Buffer.from(hex, 'hex')),
        9,
        false,
      ),
    InflateError,
  );
});

t.test('random bytes and flipped bits: an error, or some output', async (t) => {
  const random = new Random(8);
  const valid = deflateRawSync(contents(random)[3]!.subarray(0, 2000)).subarray(0, -4);
  let failed = 0;
  for (let round = 0; round < 3000; round++) {
    const bytes = round % 2 ? random.bytes(random.below(200)) : Buffer.from(valid);
    if (round % 2 === 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    try {
      inflate([bytes], 1 + random.below(300));
    } catch (error) {
      failed++;
      if (!(error instanceof InflateError)) throw error;
    }
  }
  t.ok(failed > 1000, `${failed} failed`);
});

t.test('the output comes in pieces, and can stop it', async (t) => {
  const bomb = deflateRawSync(Buffer.alloc(10_000_000), { finishFlush: constants.Z_SYNC_FLUSH });
  let size = 0;
  const inflater = new Inflater((bytes) => {
    t.ok(bytes.length <= 64 * 1024);
    size += bytes.length;
    if (size > 1_000_000) throw new Error('enough');
  });
  t.throws(() => inflater.write(bomb), { message: 'enough' });
  t.ok(size < 1_100_000);
});
