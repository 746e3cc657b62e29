import type { Flow } from '../../flow/flow.js';
import type { BodyEntry, ListedBody } from './body-list.js';
import { encodeClient, encodeServer, type LeafOnly } from './encode-connection.js';
import { encodeDns } from './encode-dns.js';
import { encodeRequest, encodeResponse, encodeWebSocket } from './encode-http.js';
import type { MessagePackEncoder } from './msgpack-encoder.js';
import { METADATA_VERSION } from './record.js';

export interface FlowEncoding {
  leafOnly: LeafOnly;
  /** Packs facts of addons. */
  packFacts: (facts: Record<string, unknown>) => Buffer;
}

/** Writes the metadata of a flow. What is undefined or empty is left out. */
export function encodeFlow(
  out: MessagePackEncoder,
  flow: Flow,
  bodies: readonly ListedBody[],
  encoding: FlowEncoding,
): void {
  out.beginMap();
  out.number('version', METADATA_VERSION);
  out.text('type', flow.type);
  out.text('id', flow.id);
  out.number('created', flow.timestampCreated);
  encodeClient(out, flow.client, encoding.leafOnly);
  encodeServer(out, flow.server, encoding.leafOnly);
  if (flow.type === 'http') {
    encodeRequest(out, flow.request);
    if (flow.response) encodeResponse(out, flow.response);
    if (flow.websocket) encodeWebSocket(out, flow.websocket);
  } else if (flow.type === 'dns') {
    encodeDns(out, 'request', flow.request);
    if (flow.response) encodeDns(out, 'response', flow.response);
  }
  if (flow.error) {
    out.beginMapAt('error');
    out.text('message', flow.error.message);
    out.number('timestamp', flow.error.timestamp);
    out.endMap();
  }
  if (flow.isReplay) out.text('isReplay', flow.isReplay);
  if (!isEmpty(flow.metadata)) out.packed('metadata', encoding.packFacts(flow.metadata));
  if (flow.comment) out.text('comment', flow.comment);
  if (flow.marked) out.text('marked', flow.marked);
  if (bodies.length > 0) {
    out.beginList('bodies', bodies.length);
    for (const { entry } of bodies) encodeBody(out, entry);
  }
  out.endMap();
}

function encodeBody(out: MessagePackEncoder, entry: BodyEntry): void {
  out.beginMap();
  out.text('kind', entry.kind);
  out.number('length', entry.length);
  if (entry.coding) {
    out.text('coding', entry.coding);
    out.number('decodedLength', entry.decodedLength);
  }
  out.number('crc', entry.crc);
  out.boolean('complete', entry.complete);
  out.number('size', entry.size);
  out.optionalNumber('count', entry.count);
  out.endMap();
}

function isEmpty(facts: Record<string, unknown>): boolean {
  for (const _key in facts) return false;
  return true;
}
