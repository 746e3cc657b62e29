import t from 'tap';
import { planReplay, type ReplayPlan } from '../../../src/cli/client-replay/plan.js';
import { parseCommandLine } from '../../../src/cli/options/command-line.js';
import { type ResolvedOptions, resolveOptions } from '../../../src/cli/options/resolve.js';
import { concurrency, rate, speed } from '../../../src/cli/options/types/replay-types.js';
import { OptionValueError } from '../../../src/cli/options/types/types.js';

const resolve = (...argv: string[]): ResolvedOptions => resolveOptions(parseCommandLine(argv).settings);
const TO = ['-C', 'x', '--replay-to', 'http://s'];

const PLANS: [args: string[], plan: Partial<ReplayPlan>][] = [
  [TO, { isOpen: false, concurrency: 1, rounds: 1, listens: false }],
  [['-C', 'x', '--replay-anywhere'], { isOpen: false }],
  [['-C', 'x', '--replay-map', 'a=http://s'], { isOpen: false }],
  [[...TO, '--replay-concurrency', '32'], { concurrency: 32 }],
  [[...TO, '--replay-concurrency', '-1'], { concurrency: 1000 }],
  [[...TO, '--replay-concurrency', '-1', '--set', 'replay_max_in_flight=5000'], { concurrency: 5000 }],
  [[...TO, '--replay-count', '3'], { rounds: 3 }],
  [[...TO, '--replay-duration', '3'], { rounds: Number.POSITIVE_INFINITY }],
  [[...TO, '--replay-duration', '3', '--replay-count', '2'], { rounds: 2 }],
  [[...TO, '--replay-rate', '5/s'], { isOpen: true }],
  [[...TO, '--replay-timing'], { isOpen: true }],
  [[...TO, '-p', '0'], { listens: true }],
  [[...TO, '--mode', 'regular'], { listens: true }],
  [[...TO, '-p', '0', '-n'], { listens: false }],
  [[...TO, '--mode', 'upstream:http://proxy'], { listens: false }],
  [[...TO, '--set', 'mode=upstream:http://proxy'], { listens: false }],
  [[...TO, '--mode', 'upstream:http://proxy@0'], { listens: true }],
  [[...TO, '--mode', 'upstream:http://proxy', '-p', '0'], { listens: true }],
];

for (const [args, plan] of PLANS) t.match(planReplay(resolve(...args)), plan, args.join(' '));

const TIMINGS: [args: string[], timing: number | undefined, filter: string | undefined][] = [
  [['--replay-timing'], 1, undefined],
  [['--replay-timing', '2x'], 2, undefined],
  [['--replay-timing=0.5x'], 0.5, undefined],
  [['--replay-timing', '~m GET'], 1, '~m GET'],
  [['--replay-timing', '2x', '~m GET'], 2, '~m GET'],
  [['~m GET', '--replay-timing'], 1, '~m GET'],
  [[], undefined, undefined],
];

for (const [args, timing, filter] of TIMINGS) {
  const { values } = resolve(...TO, ...args);
  t.equal(values.replayTiming, timing, args.join(' '));
  t.equal(values.readfileFilter, filter, args.join(' '));
}

const VALUES: [type: { parse(text: string): number }, text: string, value: number | undefined][] = [
  [rate, '200/s', 200],
  [rate, '200', 200],
  [rate, '0.5/s', 0.5],
  [rate, '90/m', 1.5],
  [rate, '3600/h', 1],
  [rate, '0', undefined],
  [rate, '-1/s', undefined],
  [rate, '1/d', undefined],
  [rate, '1e9/s', undefined],
  [rate, '1000001/s', undefined],
  [speed, '2x', 2],
  [speed, '0.25X', 0.25],
  [speed, '0x', undefined],
  [speed, '2', undefined],
  [speed, 'x', undefined],
  [concurrency, '-1', -1],
  [concurrency, '1', 1],
  [concurrency, '0', undefined],
  [concurrency, '-2', undefined],
  [concurrency, '1.5', undefined],
];

for (const [type, text, value] of VALUES) {
  if (value === undefined) t.throws(() => type.parse(text), OptionValueError, text);
  else t.equal(type.parse(text), value, text);
}
