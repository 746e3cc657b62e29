import { rpcOfType } from '../flow/rpc/call.js';

const TYPES: ReadonlySet<string> = new Set([
  'application/protobuf',
  'application/x-protobuf',
  'application/x-protobuffer',
  'application/vnd.google.protobuf',
  'application/x-google-protobuf',
]);

/** Whether a media type is for a single Protobuf message. */
export function isProtobuf(contentType: string): boolean {
  return TYPES.has(contentType.split(';', 1)[0]!.trim().toLowerCase());
}

/** Whether a body of this type has the messages of a call, or is a message of Protobuf. */
export function isCallOrProtobuf(contentType: string): boolean {
  return rpcOfType(contentType) !== undefined || isProtobuf(contentType);
}
