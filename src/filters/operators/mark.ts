import type { Flow } from '../../flow/index.js';
import { readTextRegex } from '../arguments/regex.js';
import { changeable, decided } from '../verdict.js';
import { flag, type Operator, SHORT_TEXT } from './operator.js';

/** Operators for marks, comments and other annotations. Addons may change them until the flow has ended. */
export const MARK_OPERATORS: Operator[] = [
  flag('marked', 'mark', 'has a mark', (flow, stage) => changeable(flow.marked !== '', stage)),
  noted('marker', 'text of the mark', (flow) => flow.marked),
  noted('comment', 'text of the comment', (flow) => flow.comment, { multiline: true }),
  noted('meta', 'metadata, as lines "key: value"', metadataLines, { multiline: true }),
  flag('replay', 'mark', 'request or response was replayed', (flow) => decided(flow.isReplay !== undefined)),
  flag('replayq', 'mark', 'request was replayed', (flow) => decided(flow.isReplay === 'request')),
  flag('replays', 'mark', 'response was replayed', (flow) => decided(flow.isReplay === 'response')),
];

function noted(
  name: string,
  help: string,
  textOf: (flow: Flow) => string,
  modes: { multiline?: boolean } = {},
): Operator {
  return {
    name,
    group: 'mark',
    argument: 'REGEX',
    help,
    cost: SHORT_TEXT,
    compile(cursor, settings) {
      const test = readTextRegex(cursor, settings, modes);
      return (flow, stage) => changeable(test(textOf(flow)), stage);
    },
  };
}

/** Without what mitmproxy's format keeps there: that is not data of addons, and mitmproxy does not search it. */
function metadataLines(flow: Flow): string {
  return Object.entries(flow.metadata)
    .filter(([key]) => key !== 'mitmproxy')
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n');
}
