import t from 'tap';
import { EventScanner } from '../../../../src/engine/http/body/event-scanner.js';
import { EventMarks } from '../../../../src/flow/body/event-marks.js';
import { SpoolPolicy } from '../../../../src/flow/body/spool-policy.js';
import type { Clock } from '../../../../src/flow/clock.js';

/** Where events begin, and in which piece that came. */
async function marksOf(pieces: string[], isCoded = false): Promise<[offset: number, piece: number][]> {
  let piece = 0;
  const marks = new EventMarks();
  marks.keepIn(new SpoolPolicy());
  const scanner = new EventScanner(marks, { now: () => piece } as Clock, isCoded);
  for (const text of pieces) {
    piece++;
    scanner.push(Buffer.from(text));
  }
  const found: [number, number][] = [];
  for await (const { offset, timestamp } of marks) found.push([offset, timestamp]);
  return found;
}

t.test('offsets of events', async (t) => {
  const cases: [pieces: string[], expected: [number, number][]][] = [
    [[], []],
    [
      ['data: a\n\ndata: b\n\n'],
      [
        [0, 1],
        [9, 1],
      ],
    ],
    [
      ['data: a\n', 'data: b\n', '\n', 'data: c\n\n'],
      [
        [0, 1],
        [17, 4],
      ],
    ],
    [
      ['data: a\r\n\r\ndata: b\r\n\r\n'],
      [
        [0, 1],
        [11, 1],
      ],
    ],
    [
      ['data: a\r\rdata: b\r\r'],
      [
        [0, 1],
        [9, 1],
      ],
    ],
    [
      ['da', 'ta: a\r', '\n\r', '\nid', ': 1\n\n'],
      [
        [0, 1],
        [11, 4],
      ],
    ],
    [
      ['\n\n: comment\n\n\n\nx'],
      [
        [2, 1],
        [15, 1],
      ],
    ],
  ];
  for (const [pieces, expected] of cases) t.same(await marksOf(pieces), expected, JSON.stringify(pieces));
  t.same(
    await marksOf(['abc', 'de'], true),
    [
      [0, 1],
      [3, 2],
    ],
    'coded',
  );
});
