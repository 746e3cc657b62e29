import t from 'tap';
import { EventRecorder } from '../../../../src/engine/http/body/event-recorder.js';
import { EventSplitter } from '../../../../src/engine/http/body/event-splitter.js';
import { EventMarks } from '../../../../src/flow/body/event-marks.js';
import { SpoolPolicy } from '../../../../src/flow/body/spool-policy.js';
import type { Clock } from '../../../../src/flow/clock.js';
import { cuts } from '../../../support/cuts.js';
import { later } from '../../../support/later.js';

const STREAMS: readonly (readonly [stream: string, events: string[]])[] = [
  ['', []],
  ['data: 1\n\n', ['data: 1']],
  ['data: 1\n\ndata: 2\n\n', ['data: 1', 'data: 2']],
  ['id: 1\r\ndata: a\r\n\r\n: comment\r\n\r\n', ['id: 1\r\ndata: a', ': comment']],
  ['data: a\r\rdata: b\r\r', ['data: a', 'data: b']],
  ['\n\n\ndata: a\n\n\n\n', ['data: a']],
  ['data: a\ndata: b\n\ndata: open', ['data: a\ndata: b', 'data: open']],
  ['data: a\r\n\ndata: b\n\r\n', ['data: a', 'data: b']],
];

t.test('events, however the stream is split', async (t) => {
  for (const [stream, events] of STREAMS) {
    for (const pieces of cuts(Buffer.from(stream))) {
      const shown: string[] = [];
      const splitter = new EventSplitter((event) => void shown.push(String(event)));
      for (const piece of pieces) t.equal(splitter.push(piece), undefined);
      t.equal(splitter.end(), undefined);
      t.same(shown, events, JSON.stringify(stream));
    }
  }
});

t.test('an event is reported once it is complete', (t) => {
  const shown: string[] = [];
  const splitter = new EventSplitter((event) => void shown.push(String(event)));
  void splitter.push(Buffer.from('data: a\n'));
  t.same(shown, []);
  void splitter.push(Buffer.from('\n'));
  t.same(shown, ['data: a']);
  t.end();
});

t.test('empty lines between events are not kept', (t) => {
  const shown: Buffer[] = [];
  const splitter = new EventSplitter((event) => void shown.push(event));
  const bytes = Buffer.alloc(16);
  bytes.write('\n\ndata: a\n\n\n\n\n\n\n');
  for (let round = 0; round < 3; round++) {
    void splitter.push(Buffer.from('\n'));
    void splitter.push(bytes);
    t.equal(shown[round]!.buffer, bytes.buffer, 'nothing had to be joined');
  }
  t.end();
});

t.test('events are serialized for an asynchronous addon', async (t) => {
  const shown: string[] = [];
  let running = 0;
  const splitter = new EventSplitter(async (event) => {
    t.equal(running++, 0);
    await later();
    running--;
    shown.push(String(event));
  });
  await splitter.push(Buffer.from('a\n\nb\n\nc'));
  await splitter.end();
  t.same(shown, ['a', 'b', 'c']);
  t.equal(splitter.end(), undefined);
});

t.test('an event without an end is reported in parts', (t) => {
  const sizes: number[] = [];
  const splitter = new EventSplitter((event) => void sizes.push(event.length));
  for (let count = 0; count < 40; count++) void splitter.push(Buffer.alloc(64 * 1024, 'x'));
  t.ok(sizes.length >= 2 && Math.max(...sizes) < 1_200_000, String(sizes));
  t.end();
});

/** Where events begin, and in which piece that came. */
async function marksOf(pieces: string[], isCoded = false): Promise<[offset: number, piece: number][]> {
  let piece = 0;
  const marks = new EventMarks();
  marks.keepIn(new SpoolPolicy());
  const recorder = new EventRecorder(marks, { now: () => piece } as Clock, isCoded);
  for (const text of pieces) {
    piece++;
    recorder.push(Buffer.from(text));
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
