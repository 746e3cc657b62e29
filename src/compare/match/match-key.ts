import { crc32 } from 'node:zlib';
import type { Body } from '../../flow/body/body.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { FileBody } from '../../serialize/input/file-body.js';
import { foldIds, pathOf } from '../results/endpoint.js';

/** The properties by which flows of two captures are matched. */
export interface MatchKey {
  readonly method: string;
  /** The host that the client named, and its port. */
  readonly authority: string;
  /** The address that the request was sent to. */
  readonly destination: string;
  /** With the query. */
  readonly path: string;
  /** Size and CRC-32 of the request's body; empty without a body. */
  readonly body: string;
}

/** @param body see `bodyKey` */
export function keyOf({ request }: HttpFlow, body: string): MatchKey {
  const { method, prettyAuthority: authority, path } = request;
  return { method, authority, destination: destinationOf(request), path, body };
}

export function destinationOf({ host, port }: HttpRequest): string {
  return `${host} ${port}`;
}

/** The part of the key that comes from the body. @returns a promise only if the body has to be read */
export function bodyKey({ request }: HttpFlow): string | Promise<string> {
  return checksumOf(request.body);
}

/** Whether two flows have equal request headers and equal keys, apart from the body. Faster than comparing keys. */
export function haveEqualHeads({ request: one }: HttpFlow, { request: other }: HttpFlow): boolean {
  return (
    one.path === other.path &&
    one.method === other.method &&
    one.host === other.host &&
    one.port === other.port &&
    one.authority === other.authority &&
    one.headers.bytes.equals(other.headers.bytes)
  );
}

function checksumOf(body: Body): string | Promise<string> {
  if (body.size === 0) return '';
  const { stored } = body;
  if (!stored) return String(body.size);
  if (stored instanceof FileBody && stored.crc !== undefined) return `${body.size} ${stored.crc}`;
  return readChecksum(body);
}

async function readChecksum(body: Body): Promise<string> {
  let crc = 0;
  for await (const chunk of body.rawChunks()) crc = crc32(chunk, crc);
  return `${body.size} ${crc}`;
}

/** The text of a key; equal for flows with equal keys. */
export function exactText({ method, authority, path, body }: MatchKey): string {
  return `${method} ${authority} ${path} ${body}`;
}

/** Functions that give the text of a key, from strict to loose. */
export const LEVELS = [
  ({ method, path, body }: MatchKey) => `${method} ${path} ${body}`,
  ({ method, path }: MatchKey) => `${method} ${path}`,
  ({ method, path }: MatchKey) => `${method} ${pathOf({ path } as HttpRequest)} ${namesOf(path)}`,
  ({ method, path }: MatchKey) => `${method} ${foldIds(pathOf({ path } as HttpRequest))} ${namesOf(path)}`,
] as const;

/** The names of parameters, sorted. */
function namesOf(path: string): string {
  const start = path.indexOf('?');
  if (start < 0) return '';
  const names = path
    .slice(start + 1)
    .split('&')
    .map((pair) => pair.split('=', 1)[0]);
  return names.sort().join('&');
}
