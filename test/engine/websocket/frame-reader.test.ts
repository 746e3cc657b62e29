import t from 'tap';
import { FrameReader, type FrameSink } from '../../../src/engine/websocket/frame-reader.js';
import { cuts } from '../../support/cuts.js';
import { Random } from '../../support/random.js';
import { frame, KEY } from './frames.js';

/** What is read of bytes that come in pieces: heads, the bytes of payloads as they came, ends. */
function read(pieces: readonly Buffer[]): { seen: string[]; atBoundary: boolean } {
  const reader = new FrameReader();
  const seen: string[] = [];
  let payload: Buffer[] = [];
  const sink: FrameSink = {
    frameBegins: () => {
      const { fin, reserved, opcode, isMasked, key, length } = reader;
      seen.push(`${fin} ${reserved} ${opcode} ${isMasked ? key.toString('hex') : '-'} ${length}`);
      return true;
    },
    framePayload: (bytes, from, to) => void payload.push(Buffer.from(bytes.subarray(from, to))),
    frameEnds: () => {
      seen.push(Buffer.concat(payload).toString('hex'));
      payload = [];
    },
  };
  for (const piece of pieces) reader.read(piece, sink);
  return { seen, atBoundary: reader.atBoundary };
}

t.test('frames of all kinds, split at each offset', async (t) => {
  const bytes = Buffer.concat([
    frame({ opcode: 1, payload: 'ab', key: KEY }),
    frame({ opcode: 9 }),
    frame({ opcode: 0, payload: 'c', fin: false, reserved: 5 }),
    frame({ opcode: 2, payload: Buffer.alloc(130, 1), key: KEY }),
  ]);
  const whole = read([bytes]);
  t.match(whole.seen[0], /^true 0 1 a1b2c3d4 2$/);
  t.same(whole.seen.slice(2, 6), ['true 0 9 - 0', '', 'false 5 0 - 1', '63']);
  t.equal(whole.seen[6], 'true 0 2 a1b2c3d4 130');
  for (const pieces of cuts(bytes)) t.same(read(pieces), { seen: whole.seen, atBoundary: true });
  for (let end = 1; end < 8; end++) t.equal(read([bytes.subarray(0, end)]).atBoundary, false);
});

t.test('lengths', async (t) => {
  for (const [hex, length] of [
    ['827d', 125],
    ['827e0001', 1],
    ['827effff', 65_535],
    ['827f0000000000010000', 65_536],
    ['827f001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ] as const) {
    t.equal(read([Buffer.from(hex, 'hex')]).seen[0], `true 0 2 - ${length}`);
  }
  t.throws(() => read([Buffer.from('827f0020000000000000', 'hex')]), { code: 1009 });
  t.throws(() => read([Buffer.from('827f8000000000000001', 'hex')]), { code: 1002 });
});

t.test('random bytes throw nothing but WebSocketError', async (t) => {
  const random = new Random(4);
  for (let round = 0; round < 2000; round++) {
    try {
      read([random.bytes(random.below(60)), random.bytes(random.below(60))]);
    } catch (error) {
      t.match(error, { name: 'WebSocketError' });
    }
  }
});
