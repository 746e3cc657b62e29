import {
  type ChannelCredentials,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { ORDERS } from './call-server.js';

type Done = (error: ServiceError | null, value?: Buffer) => void;

interface Orders {
  Get(message: Buffer, metadata: Metadata, options: object, done: Done): ClientUnaryCall;
  List(message: Buffer): ClientReadableStream<Buffer>;
  Upload(done: Done): ClientWritableStream<Buffer>;
  Chat(): ClientDuplexStream<Buffer, Buffer>;
  close(): void;
}

const OrdersClient = makeGenericClientConstructor(ORDERS, 'Orders');

/** Makes calls of each kind. @returns the results of all, as a client sees them */
export async function makeCalls(target: string, messages: Messages, secure?: ChannelCredentials): Promise<unknown> {
  const options = { 'grpc.max_receive_message_length': -1, 'grpc.default_compression_algorithm': 2 };
  const client = new OrdersClient(target, secure ?? credentials.createInsecure(), options) as unknown as Orders;
  try {
    const first = await unary(client, messages.small);
    const start = Date.now();
    const large = await unary(client, messages.large);
    // The head of a response has to come before the deadline, also where the machine is busy.
    const patience = 300 + 5 * (Date.now() - start);
    return [
      first,
      large,
      await unary(client, messages.missing),
      await unary(client, messages.never, { deadline: Date.now() + patience }),
      await canceled(client, messages.never),
      await collected(client.List(messages.small)),
      await collected(client.List(messages.failing)),
      await upload(client, messages.small),
      await pingPong(client, messages.small),
    ];
  } finally {
    client.close();
  }
}

export interface Messages {
  readonly small: Buffer;
  readonly large: Buffer;
  readonly missing: Buffer;
  readonly failing: Buffer;
  /** No answer comes. */
  readonly never: Buffer;
}

function shown(error: ServiceError | null, value?: Buffer): unknown {
  return error
    ? [error.code, error.details, error.metadata?.get('x-trailer')]
    : value!.toString('base64').slice(0, 100);
}

function unary(client: Orders, message: Buffer, options: object = {}): Promise<unknown> {
  const metadata = new Metadata();
  metadata.set('data-bin', Buffer.from([0, 1, 255]));
  return new Promise((resolve) => {
    const facts: unknown[] = [];
    const call = client.Get(message, metadata, options, (error, value) => {
      facts.push(error?.code === 4 ? 4 : shown(error, value), value?.length);
    });
    call.on('metadata', (head) => facts.push(head.get('echo-bin')));
    call.on('status', ({ metadata: trailers }) => resolve([facts, trailers.get('x-trailer')]));
  });
}

function canceled(client: Orders, message: Buffer): Promise<unknown> {
  return new Promise((resolve) => {
    const call = client.Get(message, new Metadata(), {}, (error) => resolve(error?.code));
    call.on('metadata', () => call.cancel());
  });
}

function collected(stream: ClientReadableStream<Buffer>): Promise<unknown> {
  return new Promise((resolve) => {
    const found: unknown[] = [];
    stream.on('data', (message: Buffer) => found.push(message.toString('base64')));
    stream.on('error', (error: ServiceError) => resolve([found, shown(error)]));
    stream.on('end', () => resolve(found));
  });
}

function upload(client: Orders, message: Buffer): Promise<unknown> {
  return new Promise((resolve) => {
    const stream = client.Upload((error, value) => resolve(shown(error, value)));
    for (let at = 0; at < 5; at++) stream.write(message);
    stream.end();
  });
}

/** Each message is sent when the one before has come back. */
async function pingPong(client: Orders, message: Buffer): Promise<unknown> {
  const stream = client.Chat();
  const found: string[] = [];
  return new Promise((resolve) => {
    stream.on('data', (answer: Buffer) => {
      found.push(answer.toString('base64'));
      if (found.length < 5) stream.write(message);
      else stream.end();
    });
    stream.on('error', (error) => resolve(error.message));
    stream.on('end', () => resolve(found));
    stream.write(message);
  });
}
