import type { Difference } from '../../src/compare/difference.js';
import type { CompareSettings } from '../../src/compare/flow-comparer.js';
import { FlowComparer } from '../../src/compare/flow-comparer.js';
import { parseRule } from '../../src/compare/rules/parse-rule.js';
import { RuleSet } from '../../src/compare/rules/rule-set.js';
import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { HttpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { MessageLog } from '../../src/flow/message-log/message-log.js';
import { request } from '../flow/message/messages.js';

export interface ComparedFlow {
  method?: string;
  path?: string;
  host?: string;
  status?: number;
  /** Header lines of the request. */
  requestHeaders?: string[];
  /** Header lines without their ends; each character one byte. */
  headers?: string[];
  trailers?: string[];
  body?: string | Buffer;
  /** Whether its client left before the end of the body. */
  left?: boolean;
  /** Seconds. */
  duration?: number;
  /** Text messages of the server. */
  messages?: string[];
  error?: string;
  metadata?: Record<string, unknown>;
}

export function comparedFlow(spec: ComparedFlow): HttpFlow {
  const { method = 'GET', path = '/', host = 'a', status = 200, duration = 0.1 } = spec;
  const flow = new HttpFlow(
    new ClientConnection(),
    new ServerConnection(),
    request(path, `Host: ${host}\r\n${blockOf(spec.requestHeaders ?? [])}`, '', { method, host, port: 80 }),
    1000,
  );
  flow.request.timestampStart = 1000;
  if (spec.error !== undefined) flow.error = { message: spec.error, timestamp: 1001 };
  else {
    const headers = new Headers(blockOf(spec.headers ?? []));
    const response = new HttpResponse({ statusCode: status, reason: '', httpVersion: 'HTTP/1.1', headers });
    response.body.keepIn(new SpoolPolicy());
    if (spec.body) response.body.append(Buffer.from(spec.body as string));
    response.body.complete = spec.left !== true;
    response.timestampEnd = 1000 + duration;
    if (spec.trailers) response.trailers = new Headers(blockOf(spec.trailers));
    flow.response = response;
  }
  Object.assign(flow.metadata, spec.metadata);
  if (spec.messages) {
    flow.messages = new MessageLog();
    flow.messages.keepIn(new SpoolPolicy());
    for (const text of spec.messages) {
      flow.messages.append({ fromClient: false, opcode: 1, timestamp: 1001, content: Buffer.from(text) });
    }
  }
  return flow;
}

function blockOf(lines: string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
}

function ruleSet(rules: readonly string[]): RuleSet {
  return new RuleSet(rules.map((text) => parseRule(text, 'test')));
}

/** The differences of two flows. */
export async function compare(
  recorded: ComparedFlow,
  replayed: ComparedFlow,
  rules: readonly string[] = [],
  settings: Partial<CompareSettings> = {},
): Promise<Difference[]> {
  const comparer = new FlowComparer({ rules: ruleSet(rules), limit: 1 << 20, ...settings });
  return comparer.compare(comparedFlow(recorded), comparedFlow(replayed));
}

/** Differences as short lines. */
export function lines(differences: readonly Difference[]): string[] {
  return differences.map(({ place, was = 'missing', now = 'missing' }) => `${place}: ${was} → ${now}`);
}
