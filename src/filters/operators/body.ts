import type { Flow } from '../../flow/index.js';
import { SecretDetector } from '../../redact/detector.js';
import { readJsonTest } from '../arguments/json.js';
import { readBytesRegex } from '../arguments/regex.js';
import { type Direction, someContent } from '../subjects/content.js';
import { jsonValues } from '../subjects/json.js';
import { type Certainty, changeable, type Predicate, YES } from '../verdict.js';
import { BODY, type Operator } from './operator.js';

const DIRECTIONS: [suffix: string, direction: Direction, words: string][] = [
  ['', 'either', 'from client or server'],
  ['q', 'client', 'from the client'],
  ['s', 'server', 'from the server'],
];

/** Operators for the content of a flow: decoded bodies, messages, and DNS in its text form. */
export const BODY_OPERATORS: Operator[] = [
  ...DIRECTIONS.map(
    ([suffix, direction, words]): Operator => ({
      name: `b${suffix}`,
      group: 'body',
      argument: 'REGEX',
      help: `decoded body or message ${words}`,
      cost: BODY,
      compile(cursor, settings) {
        const test = readBytesRegex(cursor, settings, { dotAll: true });
        return someContent(direction, (content) => test.bytes(content));
      },
    }),
  ),
  ...DIRECTIONS.map(
    ([suffix, direction, words]): Operator => ({
      name: `json${suffix}`,
      group: 'body',
      argument: 'PATH [OP VALUE]',
      help: `JSON body or message ${words}, such as .user.id = 7`,
      cost: BODY,
      compile(cursor, settings) {
        const test = readJsonTest(cursor, settings);
        const { json, definitions } = settings;
        return someContent(direction, (content, headers, request) => {
          for (const value of jsonValues(content, headers, request, json, definitions)) if (test(value)) return true;
          return false;
        });
      },
    }),
  ),
];

/** The operator for secrets that redaction finds. */
export const SECRET_OPERATORS: Operator[] = [
  {
    name: 'secret',
    group: 'body',
    help: 'holds a secret that --redact would replace, in heads, bodies, messages or comments',
    cost: BODY,
    compile: holdsSecret,
  },
];

function holdsSecret(): Predicate {
  const detector = new SecretDetector();
  const inContents = someContent('either', (content, headers) =>
    detector.inContent(content, headers?.get('content-type')),
  );
  return (flow, stage) => {
    if (inHeads(detector, flow)) return YES;
    return Math.max(changeable(detector.inNotes(flow), stage), inContents(flow, stage)) as Certainty;
  };
}

function inHeads(detector: SecretDetector, flow: Flow): boolean {
  if (flow.type !== 'http') return false;
  const { request, response, interim } = flow;
  if (detector.inTarget(flow) || detector.inHead(request)) return true;
  return (
    (response && detector.inHead(response)) || interim?.some(({ headers }) => detector.inHeaders(headers)) === true
  );
}
