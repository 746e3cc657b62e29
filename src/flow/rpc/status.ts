import { decodeAtOnce, parseContentEncoding } from '../body/content-coding.js';
import type { Flow, HttpFlow } from '../flow.js';
import type { Headers } from '../http/headers.js';
import type { HttpResponse } from '../http/http-response.js';
import { type Rpc, rpcOf } from './call.js';
import { MESSAGE_LIMIT } from './messages.js';
import { connectStatusOf } from './status-codes.js';
import { StatusScanner } from './status-scanner.js';

/**
 * The status of a call of gRPC, gRPC-Web or Connect, as a status code of gRPC.
 *
 * gRPC has it in the trailers, or in the headers of a response without content. gRPC-Web and streams of Connect have it in the
 * last message of the body, unary calls of Connect in the HTTP status and an error as JSON.
 * @returns undefined if the flow is not a call, has no status yet, or has it in a body that was not kept
 */
export function grpcStatus({ request, response }: HttpFlow): number | undefined {
  const rpc = response && rpcOf(request);
  if (!rpc) return undefined;
  const stated = statusIn(response.trailers) ?? statusIn(response.headers);
  if (stated !== undefined || rpc.protocol === 'grpc') return stated;
  if (rpc.protocol === 'connect' && !rpc.framed && response.statusCode === 200) return 0;
  return bodyStatus(rpc, response) ?? httpStatus(rpc, response);
}

/** The protocol of a call whose status may be in the body of its response. */
export function statusInBody({ request, response }: HttpFlow): Rpc | undefined {
  // Runs for each response, so the cheap test comes first. Calls are POST; a call by GET has a status in its body only if it
  // fails.
  if (!response || (request.method !== 'POST' && response.statusCode < 400)) return undefined;
  const rpc = rpcOf(request);
  if (!rpc || rpc.protocol === 'grpc') return undefined;
  return rpc.framed || response.statusCode !== 200 ? rpc : undefined;
}

/**
 * Finds the status of a recorded call whose response is not in memory, so that `grpcStatus` knows it.
 * @returns a promise only if a body has to be read
 */
export function findStatus(flow: Flow): undefined | Promise<void> {
  const rpc = flow.type === 'http' ? unreadStatus(flow) : undefined;
  return rpc && readStatus(rpc, (flow as HttpFlow).response!);
}

/** Whether `findStatus` may find a status that `grpcStatus` does not know yet. */
export function mayHaveStatus(flow: HttpFlow): boolean {
  return unreadStatus(flow) !== undefined;
}

function unreadStatus(flow: HttpFlow): Rpc | undefined {
  const { response } = flow;
  if (!response || response.body.size === 0 || response.isStatusRead) return undefined;
  const rpc = statusInBody(flow);
  if (!rpc) return undefined;
  const { stored } = response.body;
  return stored && !stored.buffer ? rpc : undefined;
}

async function readStatus(rpc: Rpc, response: HttpResponse): Promise<void> {
  const scanner = new StatusScanner(rpc, response.headers);
  try {
    for await (const chunk of response.body.chunks()) scanner.push(chunk);
  } catch {
    // Errors are reported where the body is used; the status stays unknown.
  }
  response.statusInBody = scanner.end();
  response.isStatusRead = true;
}

function bodyStatus(rpc: Rpc, response: HttpResponse): number | undefined {
  const { body, headers } = response;
  if (response.statusInBody !== undefined && !body.changed) return response.statusInBody;
  const stored = body.stored?.buffer;
  if (!stored || !body.complete) return undefined;
  let plain: Buffer | undefined;
  try {
    plain = decodeAtOnce(stored, parseContentEncoding(headers.get('content-encoding')), MESSAGE_LIMIT);
  } catch {
    return undefined;
  }
  if (!plain) return undefined;
  const scanner = new StatusScanner(rpc, headers);
  scanner.push(plain);
  const status = scanner.end();
  if (!body.changed) response.statusInBody = status;
  return status;
}

/** Connect: the status that an HTTP status maps to, for an error without a code in its body. */
function httpStatus({ protocol }: Rpc, { statusCode, body }: HttpResponse): number | undefined {
  return protocol === 'connect' && statusCode !== 200 && body.complete ? connectStatusOf(statusCode) : undefined;
}

function statusIn(headers: Headers | undefined): number | undefined {
  const text = headers?.get('grpc-status');
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
