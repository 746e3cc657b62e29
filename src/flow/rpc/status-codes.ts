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

/** The status for the name of an error in Connect, such as `not_found`. */
export function statusNamed(code: string): number | undefined {
  const name = code === 'canceled' ? 'CANCELLED' : code.toUpperCase();
  const status = GRPC_STATUS_NAMES.indexOf(name);
  return status > 0 ? status : undefined;
}

const INTERNAL = 13;
const UNAUTHENTICATED = 16;
const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;
const UNKNOWN = 2;

/** The status that clients of Connect infer from an HTTP status ("Connect Protocol Reference", HTTP to Error Code). */
export function connectStatusOf(httpStatus: number): number {
  switch (httpStatus) {
    case 400:
      return INTERNAL;
    case 401:
      return UNAUTHENTICATED;
    case 403:
      return PERMISSION_DENIED;
    case 404:
      return UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
      return UNAVAILABLE;
    default:
      return UNKNOWN;
  }
}
