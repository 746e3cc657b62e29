import type { Headers } from '../http/headers.js';

/** The parts of a request that identify a call. */
interface CallHead {
  readonly headers: Headers;
  readonly method: string;
  readonly path: string;
}

/** The protocol of a remote procedure call, and the encoding of its messages. */
export interface Rpc {
  /** gRPC over HTTP/2, gRPC-Web, or the protocol of Connect. */
  readonly protocol: 'grpc' | 'grpc-web' | 'connect';
  /** Whether each message has a prefix with its length. Unary calls of Connect have bare messages. */
  readonly framed: boolean;
  /** Whether the whole body is in Base64 (`application/grpc-web-text`). */
  readonly base64: boolean;
  /** The format of the messages: `proto`, `json` or another name. */
  readonly codec: string;
}

/**
 * Whether a request is a call of gRPC, gRPC-Web or Connect.
 * Sources: "gRPC over HTTP2", "gRPC Web" and "Connect Protocol Reference".
 */
export function isGrpc(request: CallHead): boolean {
  return rpcOf(request) !== undefined;
}

/** The protocol of a call, by its request. @returns undefined if the request is not a call */
export function rpcOf({ headers, method, path }: CallHead): Rpc | undefined {
  const type = headers.get('content-type');
  // Calls of Connect without side effects may be sent as GET: the message is in the query.
  if (type === undefined) return method === 'GET' && /[?&]connect=v1(?:&|$)/.test(path) ? unary('proto') : undefined;
  const rpc = rpcOfType(type);
  if (rpc) return rpc;
  return /^application\/json(?:[;\s]|$)/i.test(type) && headers.has('connect-protocol-version')
    ? unary('json')
    : undefined;
}

/** The protocol of a media type; undefined for `application/json`, which Connect shares with plain HTTP. */
export function rpcOfType(contentType: string): Rpc | undefined {
  const found = /^\s*application\/(grpc-web-text|grpc-web|grpc|connect|proto)(?:\+([\w.+-]+))?\s*(?:;|$)/i.exec(
    contentType,
  );
  if (!found) return undefined;
  const name = found[1]!.toLowerCase();
  const codec = found[2]?.toLowerCase();
  if (name === 'proto') return codec === undefined ? unary('proto') : undefined;
  // Connect requires a codec: `application/connect+proto`.
  if (name === 'connect')
    return codec === undefined ? undefined : { protocol: 'connect', framed: true, base64: false, codec };
  const protocol = name === 'grpc' ? 'grpc' : 'grpc-web';
  return { protocol, framed: true, base64: name === 'grpc-web-text', codec: codec ?? 'proto' };
}

function unary(codec: string): Rpc {
  return { protocol: 'connect', framed: false, base64: false, codec };
}

/** The compression of the messages of a framed body; `identity` by default. */
export function messageEncoding(rpc: Rpc, headers: Headers): string {
  const name = rpc.protocol === 'connect' ? 'connect-content-encoding' : 'grpc-encoding';
  return headers.get(name)?.trim().toLowerCase() || 'identity';
}
