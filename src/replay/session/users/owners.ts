import type { HttpFlow } from '../../../flow/flow.js';
import { hashOf } from '../../../flow/text/hash.js';

const MAX_CREDENTIALS = 16;

/** The owner of an exchange: its credentials and its client connection, as hashes. */
export interface Owner {
  readonly credentials: readonly number[];
  readonly connection: number;
}

/** The owner of a request. */
export function ownerOf(flow: HttpFlow): Owner {
  return ownerWith(flow, []);
}

/** The owner of the values that a response issues: cookies that it sets are credentials, too. */
export function recipientOf(flow: HttpFlow): Owner {
  return ownerWith(
    flow,
    Array.from(flow.response?.cookies ?? [], ({ name, value }) => hashOf(name, value)),
  );
}

function ownerWith({ request, client }: HttpFlow, issued: readonly number[]): Owner {
  const credentials: number[] = [];
  for (const value of request.headers.getAll('authorization')) credentials.push(hashOf('authorization', value));
  for (const [name, value] of request.cookies) credentials.push(hashOf(name, value));
  credentials.push(...issued);
  return { credentials: credentials.slice(0, MAX_CREDENTIALS), connection: hashOf('connection', client.id) };
}

/** The similarity of two owners. A common credential has more weight than a common connection. */
export function similarity(one: Owner, other: Owner): number {
  const shared = one.credentials.filter((each) => other.credentials.includes(each)).length;
  return shared * 2 + (one.connection === other.connection ? 1 : 0);
}
