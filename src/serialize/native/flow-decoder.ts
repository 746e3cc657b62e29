import type { ClientConnection, ServerConnection } from '../../flow/connection.js';
import type { DnsMessage } from '../../flow/dns-message.js';
import {
  DnsFlow,
  type Flow,
  type FlowError,
  HttpFlow,
  TcpFlow,
  UdpFlow,
  type WebSocketClose,
} from '../../flow/flow.js';
import { MessageLog } from '../../flow/messagelog.js';
import { FieldError } from '../field-error.js';
import { type BodyEntry, decodeBodyList, type ListedBody } from './body-list.js';
import { ReadChains } from './certificates.js';
import { ConnectionCache } from './connection-cache.js';
import { cloneClient, cloneServer, decodeClient, decodeServer } from './decode-connection.js';
import { decodeDns } from './decode-dns.js';
import {
  type DecodedRequest,
  type DecodedResponse,
  decodeRequest,
  decodeResponse,
  decodeWebSocket,
  makeRequest,
  makeResponse,
} from './decode-http.js';
import { GeneralPacker } from './general-packer.js';
import { MessagePackDecoder } from './msgpack-decoder.js';

/** What the metadata of a flow says. What only flows of some types have is undefined in the others. */
class Metadata {
  version = -1;
  type = '';
  id = '';
  created = 0;
  client: ClientConnection | undefined = undefined;
  server: ServerConnection | undefined = undefined;
  request: DecodedRequest | undefined = undefined;
  response: DecodedResponse | undefined = undefined;
  query: DnsMessage | undefined = undefined;
  answer: DnsMessage | undefined = undefined;
  websocket: WebSocketClose | undefined = undefined;
  error: FlowError | undefined = undefined;
  isReplay = '';
  facts: Buffer | undefined = undefined;
  comment = '';
  marked = '';
  bodies: BodyEntry[] = [];
}

/** Makes flows of metadata. */
export class FlowDecoder {
  private readonly input = new MessagePackDecoder();
  private packer: GeneralPacker | undefined;
  private readonly clients = new ConnectionCache((input) => decodeClient(input, this.chains), cloneClient);
  private readonly servers = new ConnectionCache((input) => decodeServer(input, this.chains), cloneServer);
  private metadata = new Metadata();
  /** Messages that stand in front of the type. */
  private readonly postponed: { key: 'request' | 'response'; at: number }[] = [];

  constructor(private readonly chains = new ReadChains()) {}

  /** The version of what was opened. */
  get version(): number {
    return this.metadata.version;
  }

  /** The bodies that are listed in what was opened. */
  get bodies(): readonly BodyEntry[] {
    return this.metadata.bodies;
  }

  /** Reads metadata, of which `flow` makes a flow. @throws FieldError if something is of the wrong type or damaged */
  open(bytes: Buffer, start: number, end: number): void {
    const { input } = this;
    const metadata = new Metadata();
    this.metadata = metadata;
    input.begin(bytes, start, end);
    this.postponed.length = 0;
    for (let left = input.map(); left > 0; left--) this.decode(input.key());
    if (input.at !== end) throw new FieldError('metadata', 'one map');
    for (const { key, at } of this.postponed) {
      input.at = at;
      this.decodeMessage(key);
    }
  }

  /**
   * The flow that was opened.
   * @returns undefined if it is of a type that this version does not know
   * @throws FieldError if something that has to be there is not
   */
  flow(bodies: readonly ListedBody[]): Flow | undefined {
    const { metadata } = this;
    const flow = newFlow(metadata, bodies);
    if (!flow) return undefined;
    if (metadata.error) flow.error = metadata.error;
    if (metadata.isReplay === 'request' || metadata.isReplay === 'response') flow.isReplay = metadata.isReplay;
    if (metadata.facts) {
      this.packer ??= new GeneralPacker();
      flow.metadata = this.packer.unpack(metadata.facts);
    }
    flow.comment = metadata.comment;
    flow.marked = metadata.marked;
    return flow;
  }

  private decode(key: string): void {
    const { input, metadata } = this;
    switch (key) {
      case 'version':
      case 'created':
        metadata[key] = input.number();
        break;
      case 'type':
      case 'id':
      case 'isReplay':
      case 'comment':
      case 'marked':
        metadata[key] = input.text();
        break;
      case 'client':
        metadata.client = this.clients.decode(input);
        break;
      case 'server':
        metadata.server = this.servers.decode(input);
        break;
      case 'request':
      case 'response': {
        const { at } = input;
        if (!this.decodeMessage(key)) this.postponed.push({ key, at });
        break;
      }
      case 'websocket':
        metadata.websocket = decodeWebSocket(input);
        break;
      case 'error':
        metadata.error = decodeError(input);
        break;
      case 'metadata':
        metadata.facts = input.packed();
        break;
      case 'bodies':
        metadata.bodies = decodeBodyList(input);
        break;
      default:
        input.skip();
    }
  }

  /** What a message looks like depends on the type of the flow. @returns false if that is not known yet */
  private decodeMessage(key: 'request' | 'response'): boolean {
    const { input, metadata } = this;
    const { type } = metadata;
    if (type === 'http' && key === 'request') metadata.request = decodeRequest(input);
    else if (type === 'http') metadata.response = decodeResponse(input);
    else if (type === 'dns' && key === 'request') metadata.query = decodeDns(input);
    else if (type === 'dns') metadata.answer = decodeDns(input);
    else input.skip();
    return type !== '';
  }
}

function newFlow(metadata: Metadata, bodies: readonly ListedBody[]): Flow | undefined {
  const { type, created, id, version } = metadata;
  if (version < 1) return missing('version');
  if (type !== 'http' && type !== 'tcp' && type !== 'udp' && type !== 'dns') return type ? undefined : missing('type');
  if (id === '') return missing('id');
  const client = metadata.client ?? missing('client');
  const server = metadata.server ?? missing('server');
  if (type === 'dns') {
    const flow = new DnsFlow(client, server, metadata.query ?? missing('request'), created, id);
    if (metadata.answer) flow.response = metadata.answer;
    return flow;
  }
  const messages = find(bodies, 'messages');
  if (type === 'tcp') return new TcpFlow(client, server, messageLog(messages), created, id);
  if (type === 'udp') return new UdpFlow(client, server, messageLog(messages), created, id);
  const request = makeRequest(metadata.request ?? missing('request'), find(bodies, 'request'));
  const flow = new HttpFlow(client, server, request, created, id);
  if (metadata.response) flow.response = makeResponse(metadata.response, find(bodies, 'response'));
  if (messages) flow.messages = messageLog(messages);
  if (metadata.websocket) flow.websocket = metadata.websocket;
  return flow;
}

function missing(key: string): never {
  throw new FieldError(key, 'there');
}

function decodeError(input: MessagePackDecoder): FlowError {
  const error = { message: '', timestamp: 0 };
  for (let left = input.map(); left > 0; left--) {
    switch (input.key()) {
      case 'message':
        error.message = input.text();
        break;
      case 'timestamp':
        error.timestamp = input.number();
        break;
      default:
        input.skip();
    }
  }
  return error;
}

function find(bodies: readonly ListedBody[], kind: string): ListedBody | undefined {
  for (const listed of bodies) if (listed.entry.kind === kind) return listed;
  return undefined;
}

function messageLog(listed: ListedBody | undefined): MessageLog {
  if (!listed) return MessageLog.of(undefined, 0, 0);
  return MessageLog.of(listed.source, listed.entry.count ?? 0, listed.entry.size);
}
