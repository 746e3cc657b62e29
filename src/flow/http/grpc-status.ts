import type { Headers } from './headers.js';
import type { HttpRequest } from './http-request.js';
import type { HttpResponse } from './http-response.js';

/** Names of the status codes of gRPC, in their order from 0. */
export const GRPC_STATUS_NAMES: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** Whether a request is a gRPC call ("gRPC over HTTP2", Requests); gRPC-Web is included. */
export function isGrpc({ headers }: HttpRequest): boolean {
  return /^application\/grpc(?:[-+;]|$)/i.test(headers.get('content-type') ?? '');
}

/** The status of a gRPC call: from the trailers, or from the headers of a response without content. @returns undefined if there is none */
export function grpcStatus({ headers, trailers }: HttpResponse): number | undefined {
  return statusIn(trailers) ?? statusIn(headers);
}

function statusIn(headers: Headers | undefined): number | undefined {
  const text = headers?.get('grpc-status');
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
