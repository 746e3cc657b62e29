import { isDeepStrictEqual } from 'node:util';
import { isMap, type MetadataMap } from './general-packer.js';

const CONNECTION = 'id peer local transport tls start end error';
const HTTP = 'httpVersion headers trailers start end';
const DNS = `timestamp id query opCode authoritativeAnswer truncation recursionDesired recursionAvailable reserved
  responseCode questions answers authorities additionals`;
const RECORD = 'name type class ttl data';

/**
 * The keys that this version knows, by the key under which their map (or list of maps) stands. All others are of a
 * later version.
 */
const KNOWN: Readonly<Record<string, ReadonlySet<string>>> = {
  flow: keys(`version type id created client server request response websocket error isReplay metadata comment marked
    bodies`),
  client: keys(`${CONNECTION} mode`),
  server: keys(`${CONNECTION} address tcpSetup via`),
  tls: keys('version cipher sni alpn alpnOffers cipherOffers certificates setup'),
  request: keys(`method scheme host port authority path ${HTTP} ${DNS}`),
  response: keys(`status reason ${HTTP} ${DNS}`),
  websocket: keys('byClient code reason timestamp'),
  error: keys('message timestamp'),
  bodies: keys('kind length coding decodedLength crc complete size count'),
  questions: keys(RECORD),
  answers: keys(RECORD),
  authorities: keys(RECORD),
  additionals: keys(RECORD),
};

/**
 * Whether metadata that was made of a flow says the same as the metadata that the flow was read from, as far as this
 * version knows its keys.
 */
export function sameKnown(made: MetadataMap, read: MetadataMap, level = 'flow'): boolean {
  for (const key in made) if (!sameValue(made[key], read[key], key)) return false;
  for (const key in read) if (!(key in made) && KNOWN[level]?.has(key)) return false;
  return true;
}

function sameValue(made: unknown, read: unknown, key: string): boolean {
  if (!(key in KNOWN)) return isDeepStrictEqual(made, read);
  if (isMap(made) && isMap(read)) return sameKnown(made, read, key);
  if (!Array.isArray(made) || !Array.isArray(read)) return made === read;
  return made.length === read.length && made.every((item, at) => sameValue(item, read[at], key));
}

/** Adds the keys that this version does not know, from metadata that was read to metadata that was made. */
export function keepUnknown(made: MetadataMap, read: MetadataMap, level = 'flow'): void {
  for (const [key, value] of Object.entries(read)) {
    if (key in KNOWN) keepUnknownIn(made[key], value, key);
    else if (!KNOWN[level]?.has(key) && !(key in made) && !isStale(key, made)) made[key] = value;
  }
}

function keepUnknownIn(made: unknown, read: unknown, level: string): void {
  if (isMap(made) && isMap(read)) keepUnknown(made, read, level);
  if (!Array.isArray(made) || !Array.isArray(read)) return;
  for (const [at, item] of made.entries()) {
    const other = level === 'bodies' ? read.find(({ kind }) => kind === item.kind) : read[at];
    keepUnknownIn(item, other, level);
  }
}

/** The hash of a certificate whose chain was not known is kept; one for which the chain stands is not. */
function isStale(key: string, made: MetadataMap): boolean {
  return key === 'leafSha256' && 'certificates' in made;
}

function keys(names: string): ReadonlySet<string> {
  return new Set(names.split(/\s+/));
}
