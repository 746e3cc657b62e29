import type { Flow } from '../../flow/index.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';
import { readComparison, type Unit } from '../arguments/comparison.js';
import { readTime } from '../arguments/time.js';
import { type Certainty, decided, END, LATER, REQUEST, RESPONSE, type Stage } from '../verdict.js';
import { type Operator, PROPERTY } from './operator.js';

const BYTES: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const SECONDS: Readonly<Record<string, number>> = { '': 1, ms: 0.001, s: 1, m: 60, h: 3600 };

const SIZE: Unit = { example: 'a number of bytes: >10k, <=1.5m or 1k-64k', parse: (text) => scale(text, BYTES) };
const DURATION: Unit = { example: 'a duration: >1.5s, <200ms or 1s-2m', parse: (text) => scale(text, SECONDS) };

/** Operators for sizes, durations and times. */
export const MEASURE_OPERATORS: Operator[] = [
  measured('size', 'SIZE', 'bytes of all bodies and messages before decoding: >10k, <=1.5m, 1k-64k', SIZE, sizeOf),
  measured('bqsize', 'SIZE', 'bytes of the request body before decoding', SIZE, requestSize),
  measured('bssize', 'SIZE', 'bytes of the response body before decoding', SIZE, responseSize),
  measured(
    'dur',
    'DURATION',
    'duration from the first byte of the request to the end: >1.5s, <200ms',
    DURATION,
    durationOf,
  ),
  begun(
    'after',
    'began at or after this time: 2024-05-31, 2024-05-31T12:00Z, 12:30, 15m (ago)',
    (begin, time) => begin >= time,
  ),
  begun('before', 'began before this time', (begin, time) => begin < time),
];

type Measure = (flow: Flow, stage: Stage) => number | 'later' | undefined;

function measured(name: string, argument: string, help: string, unit: Unit, measure: Measure): Operator {
  return {
    name,
    group: 'measure',
    argument,
    comparison: true,
    help,
    cost: PROPERTY,
    compile(cursor) {
      const matches = readComparison(cursor, unit);
      return (flow, stage): Certainty => {
        const value = measure(flow, stage);
        return value === 'later' ? LATER : decided(value !== undefined && matches(value));
      };
    },
  };
}

function begun(name: string, help: string, matches: (begin: number, time: number) => boolean): Operator {
  return {
    name,
    group: 'measure',
    argument: 'TIME',
    help,
    cost: PROPERTY,
    compile(cursor, settings) {
      const time = readTime(cursor, settings.now);
      return (flow) => decided(matches(flow.timestampCreated, time));
    },
  };
}

function sizeOf(flow: Flow, stage: Stage): number | 'later' | undefined {
  if (flow.type === 'dns') return undefined;
  if (stage < RESPONSE) return 'later';
  const messages = flow.messages?.size ?? 0;
  return flow.type === 'http' ? flow.request.body.size + (flow.response?.body.size ?? 0) + messages : messages;
}

function requestSize(flow: Flow, stage: Stage): number | 'later' | undefined {
  if (flow.type !== 'http') return undefined;
  return stage < REQUEST && !flow.request.body.complete ? 'later' : flow.request.body.size;
}

function responseSize(flow: Flow, stage: Stage): number | 'later' | undefined {
  if (flow.type !== 'http') return undefined;
  return stage < RESPONSE ? 'later' : flow.response?.body.size;
}

/** In seconds. A flow that failed without a response ended with its error. */
function durationOf(flow: Flow, stage: Stage): number | 'later' | undefined {
  const end = flowEnded(flow);
  if (stage < END && (stage < RESPONSE || end === undefined)) return 'later';
  return end === undefined ? undefined : end - flowBegan(flow);
}

function scale(text: string, units: Readonly<Record<string, number>>): [number, number] | undefined {
  const match = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text);
  const factor = match && units[match[2]!.toLowerCase()];
  if (factor === null || factor === undefined) return undefined;
  const value = Number(match![1]) * factor;
  return [value, value];
}
