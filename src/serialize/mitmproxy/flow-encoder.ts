import type { Flow } from '../../flow/flow.js';
import { announcedLength } from '../../flow/http/content-length.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import type { InterimResponse } from '../../flow/http/interim-response.js';
import type { MessageLog } from '../../flow/message-log/message-log.js';
import type { WriterOptions } from '../format.js';
import { EncodedWriter, type FlowEncoder as Encoder } from '../output/encoded-writer.js';
import { makePieces, type Piece } from '../output/pieces.js';
import type { Sink } from '../output/sinks.js';
import type { FlowWriter } from '../output/writer.js';
import { PemEncoder } from './connection/certificates.js';
import { CipherNames } from './connection/cipher-names.js';
import { encodeClient, encodeServer, tsdumpTlsExtras } from './connection/connection.js';
import { isMitmproxyMode } from './connection/proxy-mode.js';
import { encodeVia, isMitmproxyVia } from './connection/via.js';
import { encodeDns } from './dns.js';
import { codeOfMessage } from './error-message.js';
import {
  definedExtras,
  type InterimExtra,
  MITMPROXY_EXTRAS,
  type MitmproxyExtras,
  mitmproxyExtras,
  TSDUMP_EXTRAS,
  type TsdumpExtras,
  withExtras,
  withoutExtras,
} from './extras.js';
import { encodeHttp, isWritten } from './http.js';
import { type EncodedMessages, encodeMessages, type MessageKind, measureMessages, NO_MESSAGES } from './messages.js';
import { RecordCopy } from './record/record-copy.js';
import { TAG } from './tnetstring/tnetstring.js';
import { TnetstringEncoder } from './tnetstring/tnetstring-encoder.js';
import { VERSIONS } from './versions.js';

export function createMitmproxyWriter(sink: Sink, options: WriterOptions): FlowWriter {
  return new EncodedWriter(sink, new FlowEncoder(), options);
}

/** Encodes flows in mitmproxy's flow format, version 21. An unchanged flow from such a record is copied. */
export class FlowEncoder implements Encoder {
  private readonly out = new TnetstringEncoder();
  private readonly tools = { pem: new PemEncoder(), ciphers: new CipherNames() };
  private readonly copy = new RecordCopy((flow) => this.record(flow, this.messagesInMemory(flow) ?? NO_MESSAGES));

  encode(flow: Flow): Piece[] {
    const copied = this.copy.of(flow);
    if (copied) return copied;
    const messages = this.messagesInMemory(flow);
    return messages === undefined ? [() => this.encodeMeasured(flow)] : this.record(flow, messages);
  }

  /** @returns null if the flow has no messages, undefined if they are on disk */
  private messagesInMemory(flow: Flow): EncodedMessages | null | undefined {
    const { log, kind } = messagesOf(flow);
    return log ? encodeMessages(log, kind) : null;
  }

  /** Like `record`, for messages that have to be read first to determine their lengths. */
  private async *encodeMeasured(flow: Flow): AsyncGenerator<Buffer> {
    const { log, kind } = messagesOf(flow);
    const messages = await measureMessages(log!, kind);
    // A piece that fails is padded to its length, so that the rest of the record stays in place.
    yield* makePieces(this.record(flow, messages));
  }

  /** The entries of a record, from the last to the first. */
  private record(flow: Flow, messages: EncodedMessages | null): Piece[] {
    const { out, tools } = this;
    const extras = mitmproxyExtras(flow);
    out.begin();
    const map = out.open(TAG.dictionary);
    this.encodeOwn(flow, messages, extras);
    out.null();
    out.key('backup');
    out.float(flow.timestampCreated);
    out.key('timestamp_created');
    out.text(flow.comment);
    out.key('comment');
    out.value(this.metadata(flow));
    out.key('metadata');
    out.text(flow.marked);
    out.key('marked');
    out.optionalText(flow.isReplay);
    out.key('is_replay');
    out.boolean(extras.intercepted === true);
    out.key('intercepted');
    encodeServer(out, flow.server, extras.server, tools);
    out.key('server_conn');
    encodeClient(out, flow.client, extras.client, tools);
    out.key('client_conn');
    this.encodeError(flow);
    out.text(flow.id);
    out.key('id');
    out.text(flow.type);
    out.key('type');
    out.integer(VERSIONS.newest);
    out.key('version');
    out.close(map);
    return out.finish();
  }

  /** Writes the entries that only flows of this type have. */
  private encodeOwn(flow: Flow, messages: EncodedMessages | null, extras: MitmproxyExtras): void {
    const { out } = this;
    if (flow.type === 'http') return encodeHttp(out, flow, messages, extras);
    if (flow.type !== 'dns') {
      out.list(messages!.items, messages!.size);
      out.key('messages');
      return undefined;
    }
    if (flow.response) encodeDns(out, flow.response);
    else out.null();
    out.key('response');
    encodeDns(out, flow.request);
    out.key('request');
    return undefined;
  }

  private encodeError({ error }: Flow): void {
    const { out } = this;
    if (error) {
      const map = out.open(TAG.dictionary);
      out.float(error.timestamp);
      out.key('timestamp');
      out.text(error.message);
      out.key('msg');
      out.close(map);
    } else out.null();
    out.key('error');
  }

  /** The metadata with tsdump's extras, and without those of mitmproxy, which have entries of their own. */
  private metadata(flow: Flow): Record<string, unknown> {
    // Members of an addon's own that are named as extras would be read as extras.
    const others = withoutExtras(withoutExtras(flow.metadata, MITMPROXY_EXTRAS), TSDUMP_EXTRAS);
    return withExtras(others, TSDUMP_EXTRAS, definedExtras(this.tsdumpFacts(flow)));
  }

  private tsdumpFacts(flow: Flow): TsdumpExtras {
    const { log } = messagesOf(flow);
    const { error } = flow;
    const { via } = flow.server;
    const extras: TsdumpExtras = {
      messages: log && log.count > 0 && !log.stored ? { count: log.count, size: log.size } : undefined,
      errorCode: error && error.code !== codeOfMessage(error.message) ? error.code : undefined,
      mode: isMitmproxyMode(flow.client.mode) ? undefined : flow.client.mode,
      via: via && !isMitmproxyVia(via) ? encodeVia(via) : undefined,
      client: tsdumpTlsExtras(flow.client.tls, this.tools),
      server: tsdumpTlsExtras(flow.server.tls, this.tools),
    };
    if (flow.type !== 'http') return extras;
    if (flow.messages && !flow.websocket) extras.opaque = true;
    if (flow.interim && flow.interim.length > 0) extras.interim = flow.interim.map(interimFact);
    noteBody(extras, 'request', flow.request);
    if (flow.response) noteBody(extras, 'response', flow.response);
    return extras;
  }
}

function interimFact({ statusCode, reason, headers, timestamp }: InterimResponse): InterimExtra {
  return { status: statusCode, reason, headers: headers.bytes, timestamp };
}

/** Notes properties of a body that mitmproxy cannot represent. */
function noteBody(extras: TsdumpExtras, name: string, { body, headers }: HttpRequest | HttpResponse): void {
  if (isWritten(body) ? body.complete : body.size === 0) return;
  if (!body.complete) extras.incomplete = [...(extras.incomplete ?? []), name];
  if (!body.kept && body.size !== announcedLength(headers)) extras.sizes = { ...extras.sizes, [name]: body.size };
}

function messagesOf(flow: Flow): { log: MessageLog | undefined; kind: MessageKind } {
  if (flow.type === 'dns') return { log: undefined, kind: 'stream' };
  return { log: flow.messages, kind: flow.type === 'http' ? 'websocket' : 'stream' };
}
