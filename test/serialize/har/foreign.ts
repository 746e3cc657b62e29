import type { Flow, HttpFlow } from '../../../src/flow/flow.js';
import type { ReadOptions } from '../../../src/serialize/input/reader.js';
import { type ReadResult, readAll } from '../flows.js';

/** An entry as the simplest programs write it. */
export function plainEntry(): Record<string, unknown> {
  return {
    startedDateTime: '2024-05-31T12:00:00Z',
    time: 1,
    request: { method: 'GET', url: 'https://a/', headers: [] },
    response: { status: 200, headers: [], content: { size: 2, text: 'ok' } },
    timings: {},
  };
}

/** Such an entry with other members. @param members by their paths; undefined: the member is not there */
export function entryWith(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entry = plainEntry();
  for (const [path, value] of Object.entries(members)) {
    const keys = path.split('.');
    const last = keys.pop()!;
    let place = entry;
    for (const key of keys) {
      place[key] ??= /^\d+$/.test(keys[keys.indexOf(key) + 1] ?? last) ? [] : {};
      place = place[key] as Record<string, unknown>;
    }
    if (value === undefined) delete place[last];
    else place[last] = value;
  }
  return entry;
}

/** Reads entries as a HAR of another program. */
export function readEntries(entries: readonly unknown[], options: Partial<ReadOptions> = {}): Promise<ReadResult> {
  return readAll([Buffer.from(JSON.stringify({ log: { version: '1.2', entries } }))], options);
}

/** What a flow from a HAR says, by short names. */
export async function factsOf(flow: Flow): Promise<Record<string, unknown>> {
  const { request, response, server, error, comment, websocket, messages, metadata, timestampCreated } =
    flow as HttpFlow;
  const bodyOf = async ({ body }: HttpFlow['request'] | NonNullable<HttpFlow['response']>): Promise<string> =>
    body.kept || body.size === 0 ? (await body.bytes()).toString('latin1') : `${body.size} bytes not kept`;
  const contents: string[] = [];
  for await (const { content } of messages ?? []) contents.push(content.toString());
  const end = response?.timestampEnd;
  return {
    line: `${request.method} ${request.url} ${request.httpVersion}`,
    headers: [...request.headers].map((field) => field.join(': ')),
    body: await bodyOf(request),
    status: response && `${response.statusCode} ${response.reason}`.trim(),
    responseHeaders: response && [...response.headers].map((field) => field.join(': ')),
    content: response && (await bodyOf(response)),
    error: error?.message,
    comment: comment || undefined,
    websocket: websocket && true,
    messages: messages && contents,
    created: timestampCreated,
    duration: end === undefined ? undefined : Math.round((end - timestampCreated) * 1e6) / 1e3,
    peer: server.peer?.[0],
    har: alteredOf(metadata),
  };
}

/** What was altered, without what was kept. */
export function alteredOf({ har }: Record<string, unknown>): object | undefined {
  const { request, response } = (har ?? {}) as Record<string, unknown>;
  if (!request && !response) return undefined;
  return { ...(request ? { request } : {}), ...(response ? { response } : {}) };
}
