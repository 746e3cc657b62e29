import { type DnsFlow, type Flow, type FlowSource, HttpFlow, TcpFlow, UdpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import type { MessageLog } from '../../flow/message-log/messagelog.js';
import { type BodyChange, redactBody } from '../body/body.js';
import type { Findings } from '../findings.js';
import { redactMessages } from '../messages.js';
import type { Redactor } from '../redactor.js';
import { redactedCommon } from './redact-common.js';
import { redactDns } from './redact-dns.js';
import { redactRequest, redactResponse } from './redact-http.js';

/** Selects the contents that are searched. */
export interface RedactionScope {
  /** Whether bodies and messages are searched. If not, they stay unredacted, and outputs must not show them. */
  contents: boolean;
  /** Whether the response has ended. If not, its body is removed. */
  ended: boolean;
}

/** The redacted form of a flow. It shares data with the original, and must not be used after the original is released. */
export interface RedactedFlow {
  readonly flow: Flow;
  readonly findings: Findings;
  /** Frees the copies of bodies and messages. */
  release(): void;
}

/** A source in a format unknown to writers, so that they do not copy bytes of the record that were not searched. */
class RedactedSource implements FlowSource {
  readonly format = 'redacted';

  constructor(readonly bodyBytes: number | undefined) {}
}

/** The source of a redacted flow, for writers. */
function redactedSource(source: FlowSource | undefined): FlowSource | undefined {
  if (source?.strict === undefined) return source && new RedactedSource(source.bodyBytes);
  source.strict = true;
  return source;
}

interface Release {
  release(): void;
}

/**
 * Makes the redacted form of a flow, for outputs. The original is not modified.
 * @returns a promise only if a body or messages are not in memory
 */
export function redactFlow(
  redactor: Redactor,
  flow: Flow,
  scope: RedactionScope = { contents: true, ended: true },
): RedactedFlow | Promise<RedactedFlow> {
  const findings = redactor.newFindings();
  if (flow.type === 'http') return redactHttp(redactor, flow, scope, findings);
  if (flow.type === 'dns') return finish(redactor, flow, redactDns(redactor, flow, findings), findings, []);
  if (!scope.contents) return finish(redactor, flow, withMessages(flow, undefined), findings, []);
  const isStream = flow.type === 'tcp';
  return redactMessages(redactor, flow.messages, findings, isStream).then((messages) =>
    finish(redactor, flow, withMessages(flow, messages), findings, messages ? [messages] : []),
  );
}

function redactHttp(
  redactor: Redactor,
  flow: HttpFlow,
  { contents, ended }: RedactionScope,
  findings: Findings,
): RedactedFlow | Promise<RedactedFlow> {
  const { request, response, messages } = flow;
  const inRequest = contents
    ? redactBody(redactor, request.body, request.headers, 'request.body', findings)
    : undefined;
  const inResponse =
    contents && ended && response
      ? redactBody(redactor, response.body, response.headers, 'response.body', findings)
      : undefined;
  const isWebSocket = flow.websocket !== undefined;
  const inMessages =
    contents && ended && messages ? redactMessages(redactor, messages, findings, !isWebSocket) : undefined;
  const made = (one: BodyChange | undefined, other: BodyChange | undefined, log: MessageLog | undefined) => {
    const omitted = response && !ended ? OMITTED : other;
    const copy = withMessagesOf(
      flow,
      redactRequest(redactor, request, one, findings),
      response && redactResponse(redactor, response, omitted, findings),
      log,
    );
    copy.interim = flow.interim?.map((interim) => ({
      ...interim,
      reason: redactor.reason(interim.reason, findings, 'interim.reason'),
      headers: redactor.headers(interim.headers, findings, 'interim.headers'),
    }));
    if (flow.websocket) {
      const reason = flow.websocket.reason;
      copy.websocket = {
        ...flow.websocket,
        reason: reason && redactor.textAt(reason, findings, 'websocket.reason'),
      };
    }
    const releases = [one?.source, other?.source, log].filter(
      (each): each is NonNullable<typeof each> => each !== undefined,
    );
    return finish(redactor, flow, copy, findings, releases, ended);
  };
  if (inRequest instanceof Promise || inResponse instanceof Promise || inMessages) {
    return Promise.all([inRequest, inResponse, inMessages]).then(([one, other, log]) => made(one, other, log));
  }
  return made(inRequest, inResponse, undefined);
}

const OMITTED: BodyChange = { source: undefined, size: 0, edits: [], length: undefined };

function withMessagesOf(
  flow: HttpFlow,
  request: HttpRequest,
  response: HttpResponse | undefined,
  messages: MessageLog | undefined,
): HttpFlow {
  const copy = new HttpFlow(flow.client, flow.server, request, flow.timestampCreated, flow.id);
  copy.response = response;
  copy.messages = messages ?? flow.messages;
  return copy;
}

function withMessages(flow: TcpFlow | UdpFlow, messages: MessageLog | undefined): TcpFlow | UdpFlow {
  const { client, server, timestampCreated, id } = flow;
  return new (flow.type === 'tcp' ? TcpFlow : UdpFlow)(client, server, messages ?? flow.messages, timestampCreated, id);
}

/**
 * Redacts the properties that all types of flow have, and writes the findings to the metadata.
 * @param mayBeSame whether the original flow is returned if nothing was redacted
 */
function finish(
  redactor: Redactor,
  original: Flow,
  copy: HttpFlow | TcpFlow | UdpFlow | DnsFlow,
  findings: Findings,
  made: readonly Release[],
  mayBeSame = true,
): RedactedFlow {
  redactedCommon(redactor, original, copy, findings);
  const source = redactedSource(original.source);
  if (findings.isEmpty && source === original.source && mayBeSame)
    return { flow: original, findings, release: nothing };
  if (!findings.isEmpty) copy.metadata = findings.addTo(copy.metadata, redactor.fingerprint);
  copy.source = source;
  return {
    flow: copy,
    findings,
    release: () => {
      for (const each of made) each.release();
    },
  };
}

function nothing(): void {}
