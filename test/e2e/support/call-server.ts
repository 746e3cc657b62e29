import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import type { Test } from 'tap';

const raw = (bytes: Buffer): Buffer => bytes;

const method = (path: string, requestStream: boolean, responseStream: boolean) => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
});

/** The service of `fixtures/protobuf/shop`, with messages as bytes. */
export const ORDERS: ServiceDefinition = {
  Get: method('/shop.Orders/Get', false, false),
  List: method('/shop.Orders/List', false, true),
  Upload: method('/shop.Orders/Upload', true, false),
  Chat: method('/shop.Orders/Chat', true, true),
};

/** Returns the message of the request, with metadata; text in it decides about errors and delays. */
const get: handleUnaryCall<Buffer, Buffer> = (call, done) => {
  const text = call.request.toString('latin1');
  const head = new Metadata();
  for (const value of call.metadata.get('data-bin')) head.set('echo-bin', value);
  call.sendMetadata(head);
  const trailers = new Metadata();
  trailers.set('x-trailer', 'yes');
  if (text.includes('missing')) done({ code: status.NOT_FOUND, details: 'no such örder', metadata: trailers });
  else if (!text.includes('never')) done(null, call.request, trailers);
};

const chat: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
  call.on('data', (message: Buffer) => call.write(message));
  call.on('end', () => call.end());
};

const list: handleServerStreamingCall<Buffer, Buffer> = (call) => {
  for (let at = 0; at < 5; at++) call.write(call.request);
  if (call.request.includes('failing')) call.emit('error', { code: status.ABORTED, details: 'in the middle' });
  else call.end();
};

const upload: handleClientStreamingCall<Buffer, Buffer> = (call, done) => {
  const parts: Buffer[] = [];
  call.on('data', (message: Buffer) => parts.push(message));
  call.on('end', () => done(null, Buffer.concat(parts)));
};

/** A server of gRPC that is closed at the end of the test. @returns its port */
export async function startCallServer(t: Test, credentials = ServerCredentials.createInsecure()): Promise<number> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(ORDERS, { Get: get, List: list, Upload: upload, Chat: chat });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  t.teardown(() => server.forceShutdown());
  return port;
}
