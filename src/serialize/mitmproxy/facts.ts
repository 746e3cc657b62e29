import type { Flow } from '../../flow/flow.js';
import { isViaFact, type ViaFact } from './connection/via.js';
import type { Pair } from './tnetstring/header-pairs.js';

/** Metadata key of data that only mitmproxy has. As part of a flow's metadata, every format carries it. */
export const MITMPROXY_FACTS = 'mitmproxy';
/** Key in mitmproxy's metadata of data that only tsdump has. */
export const TSDUMP_FACTS = 'tsdump';

/** Fields of a connection by mitmproxy's names. */
export type ConnectionFacts = Record<string, unknown>;

/** Fields from mitmproxy that a flow of tsdump cannot represent. Unset fields are absent. */
export interface MitmproxyFacts {
  intercepted?: boolean;
  client?: ConnectionFacts;
  server?: ConnectionFacts;
  requestHeaders?: readonly Pair[];
  requestTrailers?: readonly Pair[];
  responseHeaders?: readonly Pair[];
  responseTrailers?: readonly Pair[];
}

/** Data of a flow that mitmproxy cannot represent. */
export interface TsdumpFacts {
  /** Messages whose bodies are incomplete. */
  incomplete?: string[];
  /** Sizes of bodies that were not kept. */
  sizes?: Record<string, number>;
  /** Messages that were not kept. */
  messages?: { count: number; size: number };
  /** Whether the messages belong to an upgraded connection that is not WebSocket, or was not parsed. */
  opaque?: boolean;
  /** Interim responses, with their header blocks as bytes. */
  interim?: InterimFact[];
  /** The proxy mode, if mitmproxy has no equivalent. */
  mode?: string;
  /** The upstream proxy, if mitmproxy does not support its scheme. */
  via?: ViaFact;
  client?: TsdumpTlsFacts;
  server?: TsdumpTlsFacts;
}

export interface InterimFact {
  status: number;
  reason: string;
  headers: Buffer;
  /** Seconds since the epoch. */
  timestamp: number;
}

export interface TsdumpTlsFacts {
  version?: string;
  /** Certificates that mitmproxy could not load. */
  certificates?: Buffer[];
}

/** The facts of a flow from mitmproxy; empty if the metadata key holds other data. */
export function mitmproxyFacts(flow: Flow): MitmproxyFacts {
  const found = asFacts(flow.metadata[MITMPROXY_FACTS]);
  if (!found) return {};
  return {
    intercepted: found.intercepted === true,
    client: asFacts(found.client),
    server: asFacts(found.server),
    requestHeaders: asPairs(found.requestHeaders),
    requestTrailers: asPairs(found.requestTrailers),
    responseHeaders: asPairs(found.responseHeaders),
    responseTrailers: asPairs(found.responseTrailers),
  };
}

/** Metadata without a key that holds facts. */
export function withoutFacts(metadata: Record<string, unknown>, key: string): Record<string, unknown> {
  if (!asFacts(metadata[key])) return metadata;
  const { [key]: _facts, ...rest } = metadata;
  return rest;
}

/** A value as facts; undefined if it is not a dictionary. */
export function asFacts(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return undefined;
  return value as Record<string, unknown>;
}

/** The facts that are set; undefined without any. */
export function knownFacts<Facts extends object>(facts: Facts): Facts | undefined {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return known.length > 0 ? (Object.fromEntries(known) as Facts) : undefined;
}

/** Reads tsdump's data from mitmproxy's metadata, as far as it is valid. */
export function readTsdumpFacts(value: unknown): TsdumpFacts | undefined {
  const found = asFacts(value);
  if (!found) return undefined;
  const sizes = asFacts(found.sizes);
  const messages = asFacts(found.messages);
  return {
    incomplete: Array.isArray(found.incomplete) ? found.incomplete.map(String) : undefined,
    sizes: sizes && Object.fromEntries(Object.entries(sizes).filter(isSize)),
    messages: messages && { count: size(messages.count), size: size(messages.size) },
    opaque: found.opaque === true,
    interim: Array.isArray(found.interim) ? found.interim.filter(isInterim) : undefined,
    mode: typeof found.mode === 'string' ? found.mode : undefined,
    via: isViaFact(found.via) ? found.via : undefined,
    client: readTlsFacts(found.client),
    server: readTlsFacts(found.server),
  };
}

function isInterim(value: unknown): value is InterimFact {
  const { status, reason, headers, timestamp } = asFacts(value) ?? {};
  const isHead = typeof status === 'number' && typeof reason === 'string';
  return isHead && Buffer.isBuffer(headers) && typeof timestamp === 'number';
}

function asPairs(value: unknown): Pair[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const isPair = (one: unknown): boolean => Array.isArray(one) && one.length === 2 && one.every(Buffer.isBuffer);
  return value.every(isPair) ? value : undefined;
}

function readTlsFacts(value: unknown): TsdumpTlsFacts | undefined {
  const found = asFacts(value);
  if (!found) return undefined;
  const { version, certificates } = found;
  return {
    version: typeof version === 'string' ? version : undefined,
    certificates: Array.isArray(certificates) && certificates.every(Buffer.isBuffer) ? certificates : undefined,
  };
}

function isSize(entry: [string, unknown]): entry is [string, number] {
  return size(entry[1]) > 0;
}

function size(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;
}
