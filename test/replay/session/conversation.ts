import { ClientConnection, ServerConnection } from '../../../src/flow/connection.js';
import { HttpFlow } from '../../../src/flow/flow.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { CapturedValues } from '../../../src/replay/session/captured-values.js';
import { Names } from '../../../src/replay/session/names.js';
import { parseExtractRule } from '../../../src/replay/session/rules/extract-rule.js';
import { ExtractRules } from '../../../src/replay/session/rules/extract-rules.js';
import { SessionState, type Substitution } from '../../../src/replay/session/session-state.js';
import type { ValueSettings } from '../../../src/replay/session/value-settings.js';

/** Header fields, and after an empty line the content. */
export type Wire = string;

/** One exchange: the request as recorded, the recorded response, the new response, and the request as it is to be sent. */
export interface Exchange {
  /** `METHOD TARGET`, then header fields, an empty line, and the content. */
  readonly request: Wire;
  readonly recorded?: Wire;
  readonly answer?: Wire;
  /** The request as sent; by default as recorded. */
  readonly sent?: Wire;
  /** Whose connection it is. */
  readonly client?: string;
  /** Seconds after the start, by default one after another. */
  readonly time?: number;
}

export interface Sent {
  readonly text: string;
  readonly substitutions: readonly Substitution[];
}

const LIMIT = 1 << 24;

/** @param rules of `--replay-extract` */
export function newSettings(rules: readonly string[] = []): ValueSettings {
  return { names: new Names(), rules: new ExtractRules(rules.map(parseExtractRule)), limit: LIMIT };
}

/** The flow of an exchange. Requests begin at full seconds, and responses come half a second later. */
export function flowOf({ request, recorded, client = 'client', time = 0 }: Exchange): HttpFlow {
  const [line = '', ...rest] = request.split('\n');
  const [method = '', target = ''] = line.split(' ');
  const { headers, content } = read(rest.join('\n'));
  const message = HttpRequest.make(method, `http://api.example${target}`, content, headers);
  const connection = new ClientConnection(client);
  const flow = new HttpFlow(connection, new ServerConnection(), message, 1000 + time);
  message.timestampStart = 1000 + time;
  message.timestampEnd = 1000 + time;
  if (recorded !== undefined) {
    flow.response = responseOf(recorded);
    flow.response.timestampStart = 1000 + time + 0.5;
    flow.response.timestampEnd = 1000 + time + 0.5;
  }
  return flow;
}

/** The response of a text: a status in the first line is optional. */
export function responseOf(wire: Wire): HttpResponse {
  const status = /^(\d{3})\n/.exec(wire);
  const { headers, content } = read(status ? wire.slice(4) : wire);
  return HttpResponse.make(status ? Number(status[1]) : 200, content, headers);
}

function read(wire: Wire): { headers: [string, string][]; content: string } {
  const end = wire.startsWith('\n') ? 0 : wire.indexOf('\n\n');
  const head = end < 0 ? wire : wire.slice(0, end);
  const headers = head
    .split('\n')
    .filter((line) => line !== '')
    .map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
  return { headers, content: end < 0 ? '' : wire.slice(end === 0 ? 1 : end + 2) };
}

/** Replays a conversation, one exchange after the other. @returns what was sent */
export async function replay(
  exchanges: readonly Exchange[],
  isPipe = false,
  rules: readonly string[] = [],
): Promise<Sent[]> {
  const flows = exchanges.map((exchange, at) => flowOf({ time: at, ...exchange }));
  const settings = newSettings(rules);
  const state = isPipe ? new SessionState(settings) : new SessionState(settings, await useOf(flows, settings));
  return replayRound(state, exchanges, flows);
}

export async function useOf(flows: readonly HttpFlow[], settings = newSettings()): Promise<CapturedValues> {
  const use = new CapturedValues(settings);
  for (const flow of flows) await use.addRequest(flow);
  for (const flow of flows) await use.addResponse(flow);
  use.finish();
  return use;
}

export async function replayRound(
  state: SessionState,
  exchanges: readonly Exchange[],
  flows: readonly HttpFlow[],
): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (const [at, flow] of flows.entries()) {
    state.onRead(flow);
    const request = flow.request.clone();
    const substitutions = await state.rewrite(flow, request);
    sent.push({ text: await textOf(request), substitutions });
    const { answer, recorded } = exchanges[at]!;
    const wire = answer ?? recorded;
    if (wire === undefined) await state.onEnded(flow, undefined);
    else {
      const replayed = flow.copy();
      replayed.response = responseOf(wire);
      await state.onEnded(flow, replayed);
    }
  }
  return sent;
}

/** A request as in `Exchange`: without the fields that every request has. */
async function textOf(request: HttpRequest): Promise<string> {
  const fields = [...request.headers].filter(([name]) => !/^(?:host|content-length)$/i.test(name));
  const head = [`${request.method} ${request.path}`, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\n');
  const content = await request.body.bytes();
  return content.length > 0 ? `${head}\n\n${content.toString()}` : head;
}
