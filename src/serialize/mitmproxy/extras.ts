import type { Flow } from '../../flow/flow.js';
import { isViaExtra, type ViaExtra } from './connection/via.js';
import type { Pair } from './tnetstring/header-pairs.js';

/** Metadata key of data that only mitmproxy has. As part of a flow's metadata, every format carries it. */
export const MITMPROXY_EXTRAS = 'mitmproxy';
/** Key in mitmproxy's metadata of data that only tsdump has. */
export const TSDUMP_EXTRAS = 'tsdump';

/** Fields of a connection by mitmproxy's names. */
export type ConnectionExtras = Record<string, unknown>;

/** Fields from mitmproxy that a flow of tsdump cannot represent. Unset fields are absent. */
export interface MitmproxyExtras {
  intercepted?: boolean;
  client?: ConnectionExtras;
  server?: ConnectionExtras;
  requestHeaders?: readonly Pair[];
  requestTrailers?: readonly Pair[];
  responseHeaders?: readonly Pair[];
  responseTrailers?: readonly Pair[];
}

/** Data of a flow that mitmproxy cannot represent. */
export interface TsdumpExtras {
  /** Messages whose bodies are incomplete. */
  incomplete?: string[];
  /** Sizes of bodies that were not kept. */
  sizes?: Record<string, number>;
  /** Messages that were not kept. */
  messages?: { count: number; size: number };
  /** Whether the messages belong to an upgraded connection that is not WebSocket, or was not parsed. */
  opaque?: boolean;
  /** `FlowError.code`, unless the message tells it. */
  errorCode?: string;
  /** Interim responses, with their header blocks as bytes. */
  interim?: InterimExtra[];
  /** The proxy mode, if mitmproxy has no equivalent. */
  mode?: string;
  /** The upstream proxy, if mitmproxy does not support its scheme. */
  via?: ViaExtra;
  client?: TsdumpTlsExtras;
  server?: TsdumpTlsExtras;
}

type ExtrasKey = typeof MITMPROXY_EXTRAS | typeof TSDUMP_EXTRAS;

const MITMPROXY_MEMBERS: Record<keyof MitmproxyExtras, true> = {
  intercepted: true,
  client: true,
  server: true,
  requestHeaders: true,
  requestTrailers: true,
  responseHeaders: true,
  responseTrailers: true,
};

const TSDUMP_MEMBERS: Record<keyof TsdumpExtras, true> = {
  incomplete: true,
  sizes: true,
  messages: true,
  opaque: true,
  errorCode: true,
  interim: true,
  mode: true,
  via: true,
  client: true,
  server: true,
};

const MEMBERS: Record<ExtrasKey, object> = {
  [MITMPROXY_EXTRAS]: MITMPROXY_MEMBERS,
  [TSDUMP_EXTRAS]: TSDUMP_MEMBERS,
};

export interface InterimExtra {
  status: number;
  reason: string;
  headers: Buffer;
  /** Seconds since the epoch. */
  timestamp: number;
}

export interface TsdumpTlsExtras {
  version?: string;
  /** Certificates that mitmproxy could not load. */
  certificates?: Buffer[];
}

/** The extras of a flow from mitmproxy; empty if the metadata key holds other data. */
export function mitmproxyExtras(flow: Flow): MitmproxyExtras {
  const found = asExtras(flow.metadata[MITMPROXY_EXTRAS]);
  if (!found) return {};
  return {
    intercepted: found.intercepted === true,
    client: asExtras(found.client),
    server: asExtras(found.server),
    requestHeaders: asPairs(found.requestHeaders),
    requestTrailers: asPairs(found.requestTrailers),
    responseHeaders: asPairs(found.responseHeaders),
    responseTrailers: asPairs(found.responseTrailers),
  };
}

/** Metadata without the extras under a key. Members of an addon with other names stay. */
export function withoutExtras(metadata: Record<string, unknown>, key: ExtrasKey): Record<string, unknown> {
  if (metadata[key] === undefined) return metadata;
  const { [key]: found, ...rest } = metadata;
  const members = Object.entries(asExtras(found) ?? {});
  const others = members.filter(([name]) => !Object.hasOwn(MEMBERS[key], name));
  if (others.length === members.length) return metadata;
  return others.length === 0 ? rest : { ...rest, [key]: Object.fromEntries(others) };
}

/** Metadata with extras under a key, beside the data of an addon. */
export function withExtras(
  metadata: Record<string, unknown>,
  key: ExtrasKey,
  extras: MitmproxyExtras | TsdumpExtras | undefined,
): Record<string, unknown> {
  return extras ? { ...metadata, [key]: { ...asExtras(metadata[key]), ...extras } } : metadata;
}

/** A value as extras; undefined if it is not a dictionary. */
export function asExtras(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return undefined;
  return value as Record<string, unknown>;
}

/** The extras that are set; undefined without any. */
export function definedExtras<Extras extends object>(extras: Extras): Extras | undefined {
  const known = Object.entries(extras).filter(([, value]) => value !== undefined);
  return known.length > 0 ? (Object.fromEntries(known) as Extras) : undefined;
}

/** Reads tsdump's data from mitmproxy's metadata, as far as it is valid. */
export function readTsdumpExtras(value: unknown): TsdumpExtras | undefined {
  const found = asExtras(value);
  if (!found) return undefined;
  const sizes = asExtras(found.sizes);
  const messages = asExtras(found.messages);
  return {
    incomplete: Array.isArray(found.incomplete) ? found.incomplete.map(String) : undefined,
    sizes: sizes && Object.fromEntries(Object.entries(sizes).filter(isSize)),
    messages: messages && { count: size(messages.count), size: size(messages.size) },
    opaque: found.opaque === true,
    errorCode: typeof found.errorCode === 'string' ? found.errorCode : undefined,
    interim: Array.isArray(found.interim) ? found.interim.filter(isInterim) : undefined,
    mode: typeof found.mode === 'string' ? found.mode : undefined,
    via: isViaExtra(found.via) ? found.via : undefined,
    client: readTlsExtras(found.client),
    server: readTlsExtras(found.server),
  };
}

function isInterim(value: unknown): value is InterimExtra {
  const { status, reason, headers, timestamp } = asExtras(value) ?? {};
  const isHead = typeof status === 'number' && typeof reason === 'string';
  return isHead && Buffer.isBuffer(headers) && typeof timestamp === 'number';
}

function asPairs(value: unknown): Pair[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const isPair = (one: unknown): boolean => Array.isArray(one) && one.length === 2 && one.every(Buffer.isBuffer);
  return value.every(isPair) ? value : undefined;
}

function readTlsExtras(value: unknown): TsdumpTlsExtras | undefined {
  const found = asExtras(value);
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
