import {
  DnsFlow,
  type Flow,
  type FlowError,
  HttpFlow,
  TcpFlow,
  UdpFlow,
  type WebSocketClose,
} from '../../flow/flow.js';
import { Headers } from '../../flow/http/headers.js';
import { HttpRequest } from '../../flow/http/http-request.js';
import { MessageLog } from '../../flow/message-log/message-log.js';
import { FieldError } from '../shared/field-error.js';
import { PemDecoder } from './connection/certificates.js';
import { CipherNames } from './connection/cipher-names.js';
import { decodeClient, decodeServer } from './connection/connection.js';
import { decodeVia } from './connection/via.js';
import { decodeWebSocket } from './decode-websocket.js';
import { decodeDns } from './dns.js';
import { codeOfMessage } from './error-message.js';
import {
  asExtras,
  definedExtras,
  MITMPROXY_EXTRAS,
  type MitmproxyExtras,
  readTsdumpExtras,
  TSDUMP_EXTRAS,
  type TsdumpExtras,
  withExtras,
  withoutExtras,
} from './extras.js';
import { decodeRequest, decodeResponse } from './http.js';
import { decodeMessages } from './messages.js';
import { RootEntries } from './root-entries.js';
import { decodeValue } from './tnetstring/decode-value.js';
import type { RecordOutline } from './tnetstring/record-outline.js';
import { TAG } from './tnetstring/tnetstring.js';
import { TnetstringDecoder } from './tnetstring/tnetstring-decoder.js';
import { VERSIONS, VersionError, versionNumber } from './versions.js';

/** The content of a record. */
export interface DecodedFlow {
  flow: Flow;
  version: number;
  /** The id of the HTTP flow to which the messages belong: in early versions they were a separate flow. */
  handshakeId: string | undefined;
  /** Whether this is such an HTTP flow. */
  isHandshake: boolean;
}

/** Decodes flows from records of all versions. */
export class FlowDecoder {
  private readonly input = new TnetstringDecoder();
  private readonly entries = new RootEntries(this.input);
  private readonly tools = { pem: new PemDecoder(), ciphers: new CipherNames() };

  /**
   * @throws VersionError if the version is not supported
   * @throws FieldError or TnetstringError if the record is damaged
   */
  decode(outline: RecordOutline): DecodedFlow {
    const { input, entries } = this;
    input.begin(outline);
    entries.read();
    const version = this.version();
    const type = entries.need('type', () => input.text());
    if (!isType(type, version)) throw new FieldError('type', 'known in this version');
    entries.check(type, version);
    const metadata = asExtras(entries.get('metadata', () => decodeValue(input)) ?? {});
    if (!metadata) throw new FieldError('metadata', 'a dictionary');
    const extras: MitmproxyExtras = {};
    const own = readTsdumpExtras(metadata[TSDUMP_EXTRAS]);
    const flow = this.newFlow(type, version, own, extras);
    this.fill(flow, version, own, extras);
    flow.metadata = withExtras(withoutExtras(metadata, TSDUMP_EXTRAS), MITMPROXY_EXTRAS, definedExtras(extras));
    const early = version < VERSIONS.websocket;
    const handshakeId = early && type === 'websocket' ? String(metadata.websocket_handshake) : undefined;
    return { flow, version, handshakeId, isHandshake: early && type === 'http' && metadata.websocket === true };
  }

  private version(): number {
    const { input, entries } = this;
    const found = entries.need('version', () => decodeValue(input));
    const version = versionNumber(found);
    if (version === undefined) throw new FieldError('version', 'a number');
    if (version < VERSIONS.oldest || version > VERSIONS.newest) throw new VersionError(found);
    return version;
  }

  private newFlow(type: string, version: number, own: TsdumpExtras | undefined, extras: MitmproxyExtras): Flow {
    const { input, entries, tools } = this;
    const id = entries.need('id', () => input.text());
    const client = entries.need('client_conn', () => decodeClient(input, version, tools, own?.client));
    const server = entries.need('server_conn', () => decodeServer(input, version, tools, own?.server));
    extras.client = client.extras;
    extras.server = server.extras;
    if (own?.mode !== undefined) client.connection.mode = own.mode;
    if (own?.via) server.connection.via = decodeVia(own.via);
    const ends = [client.connection, server.connection] as const;
    const created = entries.get('timestamp_created', () => input.number());
    if (type === 'dns') {
      const request = entries.need('request', () => decodeDns(input));
      const flow = new DnsFlow(...ends, request, created ?? request.timestamp, id);
      flow.response = entries.optional('response', () => decodeDns(input));
      return flow;
    }
    if (type === 'http') return this.newHttpFlow(ends, created, id, version, own, extras);
    const read = entries.need('messages', () => decodeMessages(input));
    const messages = own?.messages ? MessageLog.of(undefined, own.messages.count, own.messages.size) : read;
    const start = created ?? client.connection.timestampStart;
    if (type === 'tcp') return new TcpFlow(...ends, messages, start, id);
    if (type === 'udp') return new UdpFlow(...ends, messages, start, id);
    const flow = new HttpFlow(...ends, placeholderRequest(), start, id);
    flow.messages = messages;
    flow.websocket = this.earlyClose(flow);
    return flow;
  }

  private newHttpFlow(
    ends: readonly [Flow['client'], Flow['server']],
    created: number | undefined,
    id: string,
    version: number,
    own: TsdumpExtras | undefined,
    extras: MitmproxyExtras,
  ): HttpFlow {
    const { input, entries } = this;
    const { request, raw } = entries.need('request', () => decodeRequest(input, version, own));
    extras.requestHeaders = raw.oddHeaders;
    extras.requestTrailers = raw.oddTrailers;
    const flow = new HttpFlow(...ends, request, created ?? request.timestampStart, id);
    if (raw.isReplay) flow.isReplay = 'request';
    const answer = entries.optional('response', () => decodeResponse(input, version, own, request));
    if (answer) {
      flow.response = answer.response;
      extras.responseHeaders = answer.raw.oddHeaders;
      extras.responseTrailers = answer.raw.oddTrailers;
      if (answer.raw.isReplay) flow.isReplay ??= 'response';
    }
    const interim = own?.interim ?? [];
    if (interim.length > 0) {
      flow.interim = interim.map(({ status, reason, headers, timestamp }) => {
        return { statusCode: status, reason, headers: new Headers(headers), timestamp };
      });
    }
    const upgraded =
      version < VERSIONS.websocket ? undefined : entries.optional('websocket', () => decodeWebSocket(input));
    if (upgraded) {
      flow.messages = own?.messages
        ? MessageLog.of(undefined, own.messages.count, own.messages.size)
        : upgraded.messages;
      if (!own?.opaque) flow.websocket = upgraded.close;
    }
    return flow;
  }

  /** The close of a WebSocket connection in an early version. */
  private earlyClose(flow: HttpFlow): WebSocketClose {
    const { input, entries } = this;
    const code = entries.get('close_code', () => decodeValue(input));
    const reason = entries.get('close_reason', () => decodeValue(input));
    return {
      byClient: entries.optional('close_sender', () => input.text()) === 'client',
      code: typeof code === 'number' ? code : undefined,
      reason: typeof reason === 'string' ? reason : undefined,
      timestamp: flow.server.timestampEnd,
    };
  }

  private fill(flow: Flow, version: number, own: TsdumpExtras | undefined, extras: MitmproxyExtras): void {
    const { input, entries } = this;
    const error = entries.optional('error', () => decodeError(input));
    if (error) flow.error = withCode(error, own?.errorCode);
    const replay = entries.optional('is_replay', () => input.text());
    if (replay === 'request' || replay === 'response') flow.isReplay = replay;
    else if (replay !== undefined) throw new FieldError('is_replay', 'request or response');
    flow.comment = entries.get('comment', () => input.text()) ?? '';
    const marked = entries.get('marked', () => decodeValue(input)) ?? '';
    flow.marked = typeof marked === 'string' ? marked : marked === true ? ':default:' : '';
    if (version >= VERSIONS.comment && typeof marked !== 'string') throw new FieldError('marked', 'text');
    if (entries.get('intercepted', () => input.boolean())) extras.intercepted = true;
  }
}

function isType(type: string, version: number): boolean {
  if (type === 'websocket') return version < VERSIONS.websocket;
  return type === 'http' || type === 'tcp' || type === 'udp' || type === 'dns';
}

function decodeError(input: TnetstringDecoder): FlowError {
  let message: string | undefined;
  let timestamp: number | undefined;
  const end = input.enter(TAG.dictionary);
  while (input.at < end) {
    const key = input.key();
    if (key === 'msg') message = input.text();
    else if (key === 'timestamp') timestamp = input.number();
    else input.item();
  }
  input.leave(end);
  if (message === undefined || timestamp === undefined) throw new FieldError('error', 'complete');
  return { message, timestamp };
}

function withCode(error: FlowError, noted: string | undefined): FlowError {
  const code = noted ?? codeOfMessage(error.message);
  return code === undefined ? error : { ...error, code };
}

/** The request of a WebSocket flow whose handshake is missing in the file. */
function placeholderRequest(): HttpRequest {
  const request = new HttpRequest({
    method: 'GET',
    scheme: 'http',
    host: 'unknown',
    port: 80,
    authority: '',
    path: '/',
    httpVersion: 'HTTP/1.1',
    headers: new Headers(),
  });
  request.timestampEnd = 0;
  return request;
}
