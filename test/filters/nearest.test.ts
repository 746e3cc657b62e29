import t from 'tap';
import { nearest } from '../../src/filters/nearest.js';

const KNOWN = ['q', 'bq', 'hq', 's', 'c', 'marked', 'marker', 'websocket', 'bqsize', 'bssize', 'dur'];

/** What was written, and what was meant. */
const CASES: [string, string | undefined][] = [
  ['qq', 'q'],
  ['Q', 'q'],
  ['marke', 'marked'],
  ['makred', 'marked'],
  ['markre', 'marker'],
  ['webscoket', 'websocket'],
  ['web', undefined],
  ['dr', 'dur'],
  ['durr', 'dur'],
  ['bsize', 'bqsize'],
  ['xyzxyz', undefined],
  ['', 'q'],
  ['websocket'.repeat(1000), undefined],
];

for (const [name, meant] of CASES) t.equal(nearest(name, KNOWN), meant, name.slice(0, 20));
