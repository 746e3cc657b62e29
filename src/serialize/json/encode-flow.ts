import type { DnsMessage, DnsRecord } from '../../flow/dns-message.js';
import type { Flow } from '../../flow/flow.js';
import { encodeClient, encodeServer } from './encode-connection.js';
import { encodeInterim, encodeRequest, encodeResponse } from './encode-http.js';
import { encodeMessages } from './encode-messages.js';
import { encodeFacts } from './facts.js';
import { type JsonPieces, members } from './text/json-pieces.js';

/** Adds a flow as an object, as `docs/flow.schema.json` describes it: what people look for stands first. */
export function encodeFlow(out: JsonPieces, flow: Flow): void {
  const { type, id, timestampCreated, error } = flow;
  out.add(`{${members({ type, id, timestampCreated, error })}`);
  if (flow.type === 'http') {
    out.add(',"request":');
    encodeRequest(out, flow.request);
    if (flow.response) {
      out.add(',"response":');
      encodeResponse(out, flow.response);
    }
    const interim = encodeInterim(flow);
    if (interim) out.add(`,"interim":${JSON.stringify(interim)}`);
    if (flow.websocket) out.add(`,"websocket":${JSON.stringify(flow.websocket)}`);
    if (flow.messages) encodeMessages(out, flow.messages);
  } else if (flow.type === 'dns') {
    out.add(`,${members({ request: encodeDns(flow.request), response: flow.response && encodeDns(flow.response) })}`);
  } else encodeMessages(out, flow.messages);
  const client = encodeClient(flow.client);
  const server = encodeServer(flow.server);
  out.add(`,${members({ ...annotations(flow), client, server })}}`);
}

/** What users and addons said of a flow. */
export function annotations(flow: Flow): Record<string, unknown> {
  const { comment, marked, isReplay, metadata } = flow;
  return {
    comment: comment || undefined,
    marked: marked || undefined,
    isReplay,
    metadata: Object.keys(metadata).length > 0 ? encodeFacts(metadata) : undefined,
  };
}

function encodeDns({ answers, authorities, additionals, ...message }: DnsMessage): unknown {
  return {
    ...message,
    answers: answers.map(encodeRecord),
    authorities: authorities.map(encodeRecord),
    additionals: additionals.map(encodeRecord),
  };
}

function encodeRecord({ data, ...record }: DnsRecord): unknown {
  return { ...record, dataBase64: data.toString('base64') };
}
