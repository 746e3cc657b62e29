import { isUtf8 } from 'node:buffer';
import type { Flow } from '../../../flow/flow.js';
import type { Headers } from '../../../flow/http/headers.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import { type JsonPath, parsePath } from '../../../json-path/index.js';
import { encodeClient, encodeServer } from '../../json/connection.js';
import { annotations } from '../../json/flow.js';
import { readableText } from '../../json/header-pairs.js';
import type { Cell } from './column.js';

/** Maximum decoded bytes of a body in a cell. */
const BODY_LIMIT = 16 * 1024 * 1024;

type Read = (flow: Flow) => Cell | Promise<Cell>;

/**
 * A column named by the member of JSON Lines that has its value, such as `request.headers.accept`, `server.peer[0]` or
 * `response.body.items[0].id`.
 * @returns undefined for an unknown member
 * @throws PathError with an offset in the path after the member, which begins at `pathStart`
 */
export function memberColumn(name: string): Read | undefined {
  const [, root, rest] = /^(\w+)(.*)$/s.exec(name)!;
  switch (root) {
    case 'request':
      return messageColumn(rest!, REQUEST, (flow) => (flow.type === 'http' ? flow.request : undefined));
    case 'response':
      return messageColumn(rest!, RESPONSE, (flow) => (flow.type === 'http' ? flow.response : undefined));
    case 'client':
      return valueColumn(rest!, ({ client }) => encodeClient(client));
    case 'server':
      return valueColumn(rest!, ({ server }) => encodeServer(server));
    case 'error':
      return valueColumn(rest!, ({ error }) => error);
    case 'metadata':
      return valueColumn(rest!, (flow) => annotations(flow).metadata);
    case 'websocket':
      return valueColumn(rest!, (flow) => (flow.type === 'http' ? flow.websocket : undefined));
    default:
      return rest === '' && root && Object.hasOwn(FLOW, root) ? FLOW[root] : undefined;
  }
}

const FLOW: Readonly<Record<string, Read>> = {
  isReplay: ({ isReplay }) => isReplay,
  timestampCreated: ({ timestampCreated }) => timestampCreated,
  messageCount: (flow) => (flow.type === 'dns' ? undefined : flow.messages?.count),
  messageSize: (flow) => (flow.type === 'dns' ? undefined : flow.messages?.size),
};

type Members<Message> = Readonly<Record<string, (message: Message) => Cell>>;

const SHARED: Members<HttpRequest | HttpResponse> = {
  httpVersion: ({ httpVersion }) => httpVersion,
  timestampStart: ({ timestampStart }) => timestampStart,
  timestampEnd: ({ timestampEnd }) => timestampEnd,
  bodySize: ({ body }) => body.size,
  bodyComplete: ({ body }) => body.complete,
};

const REQUEST: Members<HttpRequest> = {
  ...SHARED,
  method: ({ method }) => method,
  url: ({ prettyUrl }) => prettyUrl,
  scheme: ({ scheme }) => scheme,
  host: ({ host }) => host,
  port: ({ port }) => port,
  authority: ({ authority }) => authority,
  path: ({ path }) => path,
};

const RESPONSE: Members<HttpResponse> = {
  ...SHARED,
  status: ({ statusCode }) => statusCode,
  reason: ({ reason }) => reason,
};

function messageColumn<Message extends HttpRequest | HttpResponse>(
  rest: string,
  members: Members<Message>,
  messageOf: (flow: Flow) => Message | undefined,
): Read | undefined {
  const [, member, path] = /^\.(\w+)(.*)$/s.exec(rest) ?? [];
  const of = (read: (message: Message) => Cell | Promise<Cell>): Read => {
    return (flow) => {
      const message = messageOf(flow);
      return message && read(message);
    };
  };
  if (member === undefined) return undefined;
  if (member === 'headers' || member === 'trailers') {
    const field = /^\.([\w!#$%&'*+.^`|~-]+)$/.exec(path!)?.[1] ?? /^\[(["'])(.+)\1\]$/.exec(path!)?.[2];
    return field === undefined ? undefined : of((message) => fieldText(message[member], field));
  }
  if (member === 'body') {
    if (path === '') return of((message) => bodyText(message));
    const query = parsePath(path!);
    return of((message) => bodyValue(message, query));
  }
  if (member === 'bodyBase64' && path === '')
    return of(async (message) => (await content(message))?.toString('base64'));
  const read = path === '' && Object.hasOwn(members, member) ? members[member] : undefined;
  return read && of(read);
}

/** All fields of a name, separated by commas (RFC 9110 section 5.3). */
function fieldText(fields: Headers | undefined, name: string): Cell {
  const values = fields?.getAll(name) ?? [];
  return values.length > 0 ? readableText(values.join(', ')) : undefined;
}

function valueColumn(path: string, read: (flow: Flow) => unknown): Read {
  const query = path === '' ? undefined : parsePath(path);
  return (flow) => {
    const value = read(flow);
    if (value === undefined) return undefined;
    return query ? cellOf(query.select(value).map((node) => node.value)) : cellOf([value]);
  };
}

async function content({ body }: HttpRequest | HttpResponse): Promise<Buffer | undefined> {
  if (body.size === 0 || !body.kept) return undefined;
  // Content that cannot be decoded is shown as sent.
  return body.bytes(BODY_LIMIT).catch(() => body.rawBytes(BODY_LIMIT));
}

async function bodyText(message: HttpRequest | HttpResponse): Promise<Cell> {
  const bytes = await content(message);
  return bytes && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

async function bodyValue(message: HttpRequest | HttpResponse, path: JsonPath): Promise<Cell> {
  const text = await bodyText(message);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(String(text));
  } catch {
    return undefined;
  }
  return cellOf(path.select(value).map((node) => node.value));
}

/** Several values are separated by commas; objects and lists are JSON. */
function cellOf(values: readonly unknown[]): Cell {
  if (values.length === 0) return undefined;
  if (values.length > 1) return values.map(valueText).join(', ');
  const [value] = values;
  return typeof value === 'number' || typeof value === 'boolean' ? value : valueText(value);
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
