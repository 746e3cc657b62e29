import { crc32 } from 'node:zlib';
import type { Body } from '../../flow/body/body.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { FileBody } from '../../serialize/input/file-body.js';
import { foldIds, pathOf } from '../results/endpoint.js';

/** What flows of two captures are matched by. */
export interface MatchKey {
  readonly method: string;
  readonly authority: string;
  /** With the query. */
  readonly path: string;
  /** Size and CRC-32 of the request's body; empty without a body. */
  readonly body: string;
}

/** @returns at once unless a body has to be read */
export function keyOf({ request }: HttpFlow): MatchKey | Promise<MatchKey> {
  const { method, prettyAuthority: authority, path } = request;
  const body = checksumOf(request.body);
  if (typeof body === 'string') return { method, authority, path, body };
  return body.then((text) => ({ method, authority, path, body: text }));
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

/** The same for flows that agree in everything. */
export function exactText({ method, authority, path, body }: MatchKey): string {
  return `${method} ${authority} ${path} ${body}`;
}

/** How two flows have to agree, from strict to loose. */
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
