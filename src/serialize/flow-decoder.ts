import { ClientConnection, ServerConnection } from '../flow/connection.js';
import {
  DnsFlow,
  type DnsMessage,
  type Flow,
  type FlowError,
  HttpFlow,
  TcpFlow,
  UdpFlow,
  type WebSocketClose,
} from '../flow/flow.js';
import { MessageLog } from '../flow/messagelog.js';
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
import { FieldError } from './field-error.js';
import { GeneralPacker } from './general-packer.js';
import { MessagePackDecoder } from './msgpack-decoder.js';

/** What the metadata of a flow says. What only flows of some types have is undefined in the others. */
class Metadata {
  version = 0;
  type = '';
  id = '';
  created = 0;
  client: ClientConnection | undefined;
  server: ServerConnection | undefined;
  request: DecodedRequest | undefined;
  response: DecodedResponse | undefined;
  query: DnsMessage | undefined;
  answer: DnsMessage | undefined;
  websocket: WebSocketClose | undefined;
  error: FlowError | undefined;
  isReplay = '';
  facts: Buffer | undefined;
  comment = '';
  marked = '';
  bodies: BodyEntry[] = [];
}

/** Makes flows of metadata. */
export class FlowDecoder {
  private readonly input = new MessagePackDecoder();
  private readonly packer = new GeneralPacker();
  private readonly chains = new ReadChains();
  private readonly clients = new ConnectionCache((input) => decodeClient(input, this.chains), cloneClient);
  private readonly servers = new ConnectionCache((input) => decodeServer(input, this.chains), cloneServer);
  private metadata = new Metadata();

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
    for (let left = input.map(); left > 0; left--) this.decode(input.key());
    if (input.at !== end) throw new FieldError('metadata', 'one map');
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
    flow.id = metadata.id || missing('id');
    flow.error = metadata.error;
    if (metadata.isReplay === 'request' || metadata.isReplay === 'response') flow.isReplay = metadata.isReplay;
    if (metadata.facts) flow.metadata = this.packer.unpack(metadata.facts);
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
      case 'response':
        this.decodeMessage(key);
        break;
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

  /** A message of HTTP or DNS, which can only be told by what is in it: keys may come in any order. */
  private decodeMessage(key: 'request' | 'response'): void {
    const { input, metadata } = this;
    if (isDns(input.packed)) ...
  }
}
