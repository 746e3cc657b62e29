import t from 'tap';
import { masked } from '../../../src/engine/websocket/mask.js';
import { Random } from '../../support/random.js';

t.test('the example of RFC 6455 section 5.7', async (t) => {
  const frame = Buffer.from('818537fa213d7f9f4d5158', 'hex');
  t.equal(masked(frame, 6, 11, frame.subarray(2, 6), 0).toString(), 'Hello');
});

t.test('any length, place and phase', async (t) => {
  const random = new Random(3);
  const bytes = random.bytes(1000);
  const key = random.bytes(4);
  for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 100, 255, 256, 257, 258, 259, 900]) {
    for (let from = 0; from < 6; from++) {
      for (let phase = 0; phase < 5; phase++) {
        const expected = Buffer.from(
          bytes.subarray(from, from + length).map((byte, at) => byte ^ key[(at + phase) % 4]!),
        );
        t.ok(masked(bytes, from, from + length, key, phase).equals(expected), `${length} at ${from}, phase ${phase}`);
      }
    }
  }
});
