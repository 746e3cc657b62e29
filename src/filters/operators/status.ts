import type { Flow } from '../../flow/index.js';
import { readComparison, type Unit } from '../arguments/comparison.js';
import { ofResponse } from '../subjects/exchange.js';
import { type Certainty, changeable, NO, NOT_YET, NOW, RESPONSE_HEADERS, type Stage, YES } from '../verdict.js';
import { flag, type Operator, PROPERTY } from './operator.js';

/** A status code, or a class of codes such as `5xx`. */
const STATUS_CODE: Unit = {
  example: 'a status code: 404, 4xx, 400-499 or >=500',
  parse(text) {
    if (/^\d+$/.test(text)) return [Number(text), Number(text)];
    return /^[1-9]xx$/i.test(text) ? [Number(text[0]) * 100, Number(text[0]) * 100 + 99] : undefined;
  },
};

/** Operators for the outcome of a flow. */
export const STATUS_OPERATORS: Operator[] = [
  flag('q', 'status', 'HTTP or DNS without a response (yet)', (flow, stage) => lacksResponse(flow, stage)),
  flag('s', 'status', 'HTTP or DNS with a response', (flow, stage) => hasResponse(flow, stage)),
  flag('e', 'status', 'has an error', (flow, stage) => changeable(flow.error !== undefined, stage)),
  {
    name: 'c',
    group: 'status',
    argument: 'CODE',
    comparison: true,
    help: 'status code: 404, 4xx, 400-499, >=500',
    cost: PROPERTY,
    compile(cursor) {
      const matches = readComparison(cursor, STATUS_CODE);
      return (flow, stage) =>
        flow.type === 'http' ? ofResponse(flow, stage, ({ statusCode }) => matches(statusCode)) : NO;
    },
  },
];

function hasResponse(flow: Flow, stage: Stage): Certainty {
  if (flow.type !== 'http' && flow.type !== 'dns') return NO;
  if (flow.response) return YES;
  return stage < RESPONSE_HEADERS ? NOT_YET : NO;
}

function lacksResponse(flow: Flow, stage: Stage): Certainty {
  if (flow.type !== 'http' && flow.type !== 'dns') return NO;
  if (flow.response) return NO;
  return stage < RESPONSE_HEADERS ? NOW : YES;
}
