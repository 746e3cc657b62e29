import { DnsFlow, type Flow, HttpFlow, TcpFlow, UdpFlow } from '../../flow/flow.js';
import { ReadChains } from '../shared/certificates.js';
import { FieldError } from '../shared/field-error.js';
import type { BodyEntry, ListedBody } from './bodies/body-list.js';
import { eventMarks, makeRequest, makeResponse, messageLog } from './make-messages.js';
import { ConnectionCache } from './metadata/connection-cache.js';
import { GeneralPacker } from './metadata/general-packer.js';
import { MessagePackDecoder } from './metadata/msgpack-decoder.js';
import { CLIENT, SERVER } from './schema/connection.js';
import type { DecodingContext } from './schema/field.js';
import { DnsMetadata, flowSchema, HttpMetadata, Metadata } from './schema/flow.js';

/** The beginning of an HTTP flow's metadata: the keys `version` and `type` with the values 1 and `http`, as MessagePack. */
const HTTP_BEGINNING = new DataView(Uint8Array.from(Buffer.from('\xa7version\x01\xa4type\xa4http', 'latin1')).buffer);

/** Decodes flows from metadata. */
export class FlowDecoder {
  private readonly input = new MessagePackDecoder();
  private packer: GeneralPacker | undefined;
  private readonly decoding: DecodingContext;
  private metadata = new Metadata();

  /** @param mayChange whether flows may be changed; otherwise flows of one connection share its objects */
  constructor(chains = new ReadChains(), mayChange = (): boolean => true) {
    const clients = new ConnectionCache((input) => CLIENT.take(input, this.decoding), mayChange);
    const servers = new ConnectionCache((input) => SERVER.take(input, this.decoding), mayChange);
    this.decoding = { chains, clients, servers };
  }

  /** The version of the opened metadata. */
  get version(): number {
    return this.metadata.version;
  }

  /** The bodies listed in the opened metadata. */
  get bodies(): readonly BodyEntry[] {
    return this.metadata.bodies;
  }

  /** Opens metadata; `flow` then decodes the flow. @throws FieldError if a value has the wrong type or is damaged */
  open(bytes: Buffer, start: number, end: number): void {
    const { input } = this;
    this.metadata = new Metadata();
    input.begin(bytes, start, end);
    const isHttp = this.beginsHttp();
    if (!isHttp) input.begin(bytes, start, end);
    const schema = flowSchema(isHttp ? 'http' : this.findType());
    input.begin(bytes, start, end);
    this.metadata = schema.take(input, this.decoding);
    if (input.at !== end) throw new FieldError('metadata', 'one map');
  }

  /**
   * The flow of the opened metadata.
   * @returns undefined if its type is unknown to this version
   * @throws FieldError if a required value is missing
   */
  flow(bodies: readonly ListedBody[]): Flow | undefined {
    const { metadata } = this;
    const flow = newFlow(metadata, bodies);
    if (!flow) return undefined;
    if (metadata.error) flow.error = metadata.error;
    if (metadata.isReplay === 'request' || metadata.isReplay === 'response') flow.isReplay = metadata.isReplay;
    if (metadata.metadata) {
      this.packer ??= new GeneralPacker();
      flow.metadata = this.packer.unpack(metadata.metadata);
    }
    flow.comment = metadata.comment;
    flow.marked = metadata.marked;
    return flow;
  }

  /** Whether the metadata begins with `HTTP_BEGINNING`, so that the search for the type can be skipped. */
  private beginsHttp(): boolean {
    const { input } = this;
    input.map();
    return input.isPacked(HTTP_BEGINNING);
  }

  /**
   * Finds the type, which determines the meaning of the other keys; empty if missing. Reads the version, too, if it comes
   * first.
   */
  private findType(): string {
    const { input } = this;
    for (let left = input.map(); left > 0; left--) {
      const key = input.key();
      if (key === 'type') return input.text();
      if (key === 'version') this.metadata.version = input.number();
      else input.skip();
    }
    return '';
  }
}

function newFlow(metadata: Metadata, bodies: readonly ListedBody[]): Flow | undefined {
  const { type, created, id, version } = metadata;
  if (version < 1) return missing('version');
  if (type !== 'http' && type !== 'tcp' && type !== 'udp' && type !== 'dns') return type ? undefined : missing('type');
  if (id === '') return missing('id');
  const client = metadata.client ?? missing('client');
  const server = metadata.server ?? missing('server');
  if (metadata instanceof DnsMetadata) {
    const flow = new DnsFlow(client, server, metadata.request ?? missing('request'), created, id);
    flow.response = metadata.response;
    return flow;
  }
  const messages = find(bodies, 'messages');
  if (!(metadata instanceof HttpMetadata)) {
    return new (type === 'tcp' ? TcpFlow : UdpFlow)(client, server, messageLog(messages), created, id);
  }
  const request = makeRequest(metadata.request ?? missing('request'), find(bodies, 'request'));
  const flow = new HttpFlow(client, server, request, created, id);
  if (metadata.response) {
    flow.response = makeResponse(metadata.response, find(bodies, 'response'));
    const marks = find(bodies, 'marks');
    if (marks) flow.response.marks = eventMarks(marks);
  }
  if (metadata.interim) flow.interim = metadata.interim;
  if (messages) flow.messages = messageLog(messages);
  if (metadata.websocket) flow.websocket = metadata.websocket;
  return flow;
}

function missing(key: string): never {
  throw new FieldError(key, 'present');
}

function find(bodies: readonly ListedBody[], kind: string): ListedBody | undefined {
  for (const listed of bodies) if (listed.entry.kind === kind) return listed;
  return undefined;
}
