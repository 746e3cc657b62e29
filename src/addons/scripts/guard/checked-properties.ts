import { Body } from '../../../flow/body/body.js';
import { ClientConnection, isAddress, isVia, ServerConnection } from '../../../flow/connection.js';
import { Headers } from '../../../flow/http/headers.js';
import { HttpRequest } from '../../../flow/http/http-request.js';
import { HttpResponse } from '../../../flow/http/http-response.js';

/** A property that a hook can set, and what it has to be. */
export interface CheckedProperty {
  readonly key: string;
  readonly expected: string;
  readonly isValid: (value: unknown) => boolean;
}

type Test = CheckedProperty['isValid'];

const isText: Test = (value) => typeof value === 'string';
const isNumber: Test = (value) => typeof value === 'number' && Number.isFinite(value);
const isObject: Test = (value) => typeof value === 'object' && value !== null;
const isHeaders: Test = (value) => value instanceof Headers;
const isResponse: Test = (value) =>
  value instanceof HttpResponse && OF_MESSAGE.every(({ key, isValid }) => isValid((value as object)[key as never]));
const optional =
  (isValid: Test): Test =>
  (value) =>
    value === undefined || isValid(value);

const isError: Test = (value) =>
  isObject(value) && isText((value as object)['message' as never]) && isNumber((value as object)['timestamp' as never]);

export const OF_FLOW: readonly CheckedProperty[] = [
  { key: 'id', expected: 'a string', isValid: isText },
  { key: 'comment', expected: 'a string', isValid: isText },
  { key: 'marked', expected: 'a string', isValid: isText },
  { key: 'metadata', expected: 'an object', isValid: isObject },
  { key: 'client', expected: 'the same ClientConnection', isValid: (value) => value instanceof ClientConnection },
  { key: 'server', expected: 'the same ServerConnection', isValid: (value) => value instanceof ServerConnection },
  { key: 'error', expected: '{ message, timestamp } or undefined', isValid: optional(isError) },
  { key: 'timestampCreated', expected: 'a number', isValid: isNumber },
  {
    key: 'isReplay',
    expected: "'request', 'response' or undefined",
    isValid: (value) => value === undefined || value === 'request' || value === 'response',
  },
];

export const OF_MESSAGE: readonly CheckedProperty[] = [
  { key: 'headers', expected: 'the same Headers; change them by their methods', isValid: isHeaders },
  { key: 'body', expected: 'the same Body; use body.set()', isValid: (value) => value instanceof Body },
  { key: 'trailers', expected: 'Headers or undefined', isValid: optional(isHeaders) },
];

const OF_HTTP: readonly CheckedProperty[] = [
  ...OF_FLOW,
  { key: 'request', expected: 'the same HttpRequest', isValid: (value) => value instanceof HttpRequest },
];

/** Hooks of the request may remove the response of another addon; later hooks cannot, because it is being sent. */
export const OF_REQUESTED: readonly CheckedProperty[] = [
  ...OF_HTTP,
  { key: 'response', expected: 'an HttpResponse or undefined', isValid: optional(isResponse) },
];

export const OF_ANSWERED: readonly CheckedProperty[] = [
  ...OF_HTTP,
  { key: 'response', expected: 'an HttpResponse', isValid: isResponse },
];

/** Of a message of a WebSocket or a TCP connection. */
export const OF_CONTENT: readonly CheckedProperty[] = [
  { key: 'content', expected: 'a Buffer; text sets text', isValid: (value) => value instanceof Uint8Array },
];

export const OF_SERVER: readonly CheckedProperty[] = [
  { key: 'address', expected: '[host, port]', isValid: isAddress },
  { key: 'via', expected: '{ scheme, address: [host, port] } or undefined', isValid: optional(isVia) },
  { key: 'sni', expected: 'a string or undefined', isValid: optional(isText) },
  { key: 'error', expected: 'a string or undefined', isValid: optional(isText) },
];

/** Of the server of a live request: its connection may be open already, and serve later requests, too. */
export const OF_CONNECTED: readonly CheckedProperty[] = [
  { key: 'address', expected: 'set in the hook serverConnect, or request.host', isValid: () => false },
  { key: 'via', expected: 'set in the hook serverConnect, or request.via', isValid: () => false },
  { key: 'sni', expected: 'set in the hook serverConnect', isValid: () => false },
  { key: 'local', expected: 'set in the hook serverConnect', isValid: () => false },
];

/** Of the argument of a hook of TLS. */
export const OF_TLS: readonly CheckedProperty[] = [
  { key: 'sni', expected: 'a string or undefined', isValid: optional(isText) },
  { key: 'alpn', expected: 'a string or undefined', isValid: optional(isText) },
  {
    key: 'alpnOffers',
    expected: 'an array of strings',
    isValid: (value) => Array.isArray(value) && value.every(isText),
  },
];

/** What a value of a script is, for messages. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
