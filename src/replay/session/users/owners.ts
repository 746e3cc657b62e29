import type { HttpFlow } from '../../../flow/flow.js';
import { hashOf } from '../hashes/hash.js';

const MAX_CREDENTIALS = 16;

/** The owner of an exchange: its credentials and its client connection, as hashes. */
export interface Owner {
  readonly credentials: readonly number[];
  readonly connection: number;
}

/** @param isSource whether credentials in the response are included */
export function ownerOf({ request, response, client }: HttpFlow, isSource: boolean): Owner {
  const credentials: number[] = [];
  for (const value of request.headers.getAll('authorization')) credentials.push(hashOf('authorization', value));
  for (const [name, value] of request.cookies) credentials.push(hashOf(name, value));
  if (isSource && response) for (const { name, value } of response.cookies) credentials.push(hashOf(name, value));
  return { credentials: credentials.slice(0, MAX_CREDENTIALS), connection: hashOf('connection', client.id) };
}

/** The similarity of two owners. A common credential has more weight than a common connection. */
export function similarity(one: Owner, other: Owner): number {
  const shared = one.credentials.filter((each) => other.credentials.includes(each)).length;
  return shared * 2 + (one.connection === other.connection ? 1 : 0);
}
