import type { Flow } from '../../flow/index.js';
import { SecretDetector } from '../../redact/detector.js';
import { someContent } from '../subjects/content.js';
import { type Certainty, changeable, type Predicate, YES } from '../verdict.js';
import { BODY, type Operator } from './operator.js';

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
