import t from 'tap';
import { Http2ConnectionError } from '../../../../src/engine/http2/errors.js';
import { FLAG, FRAME } from '../../../../src/engine/http2/frames/constants.js';
import { FrameReader } from '../../../../src/engine/http2/frames/frame-reader.js';
import { cuts, flipped, prefixes, randomCuts } from '../../../support/cuts.js';
import { rawFrame } from '../../../support/http2-peer.js';
import { Random } from '../../../support/random.js';

/** What is read of bytes that come in pieces. The content of DATA is joined. */
function read(pieces: readonly Buffer[]): { seen: string[]; atBoundary: boolean } {
  const reader = new FrameReader();
  const seen: string[] = [];
  let content: Buffer[] = [];
  for (const piece of pieces) {
    reader.read(piece, {
      onFrame: (type, flags, id, payload) => void seen.push(`${type} ${flags} ${id} ${payload.toString('hex')}`),
      onDataBegin: (flags, id, length, padding) => void seen.push(`data ${flags} ${id} ${length} ${padding}`),
      onData: (bytes) => void content.push(Buffer.from(bytes)),
      onDataEnd: (flags) => {
        seen.push(`end ${flags} ${Buffer.concat(content).toString('latin1')}`);
        content = [];
      },
    });
  }
  return { seen, atBoundary: reader.atBoundary };
}

const BYTES = Buffer.concat([
  rawFrame(FRAME.settings, 0, 0, '\0\x01\0\0\0\x05'),
  rawFrame(FRAME.data, 0, 1, 'abc'),
  rawFrame(FRAME.data, FLAG.endStream | FLAG.padded, 0x7fff_ffff, '\x02de\0\0'),
  rawFrame(FRAME.data, FLAG.endStream, 3),
  rawFrame(FRAME.data, FLAG.padded, 3, '\0'),
  rawFrame(99, 255, 5, 'x'.repeat(300)),
  rawFrame(FRAME.ping, FLAG.ack, 0, '12345678'),
]);

t.test('frames of all kinds, cut at each place', async (t) => {
  const whole = read([BYTES]);
  t.same(whole.seen.slice(0, 9), [
    '4 0 0 000100000005',
    'data 0 1 3 0',
    'end 0 abc',
    'data 9 2147483647 5 3',
    'end 9 de',
    'data 1 3 0 0',
    'end 1 ',
    'data 8 3 1 1',
    'end 8 ',
  ]);
  t.equal(whole.seen.at(-1), '6 1 0 3132333435363738');
  for (const pieces of cuts(BYTES)) t.same(read(pieces), { seen: whole.seen, atBoundary: true });
  const random = new Random(3);
  for (let round = 0; round < 100; round++) t.same(read(randomCuts(BYTES, random)).seen, whole.seen);
  t.equal(read([BYTES.subarray(0, 5)]).atBoundary, false);
});

t.test('damage is read as something else, or refused', async (t) => {
  for (const bytes of [...prefixes(BYTES), ...flipped(BYTES, [0, 1, 8, 0x40, 0xff])]) {
    try {
      read([bytes]);
    } catch (error) {
      if (!(error instanceof Http2ConnectionError)) t.fail(String(error));
    }
  }
  t.throws(() => read([rawFrame(FRAME.data, FLAG.padded, 1, '\x01')]), { code: 1 });
  t.throws(() => read([Buffer.from('004001060000000000', 'hex')]), { code: 6 });
});
