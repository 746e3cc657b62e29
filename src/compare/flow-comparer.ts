import { loadBodies, unloadBodies } from '../flow/filter.js';
import type { HttpFlow } from '../flow/flow.js';
import { Headers } from '../flow/http/headers.js';
import type { HttpResponse } from '../flow/http/http-response.js';
import { grpcStatus } from '../flow/rpc/status.js';
import { GRPC_STATUS_NAMES } from '../flow/rpc/status-codes.js';
import type { Definitions } from '../protobuf/definitions/definitions.js';
import { compareBodies } from './content/compare-bodies.js';
import { compareMessages } from './content/compare-messages.js';
import type { Difference } from './difference.js';
import { type Carried, Equality, type ServerNames } from './equality.js';
import { compareHeaders } from './head/headers.js';
import { sentHeaders } from './head/sent-headers.js';
import type { OnScalars } from './json/compare-json.js';
import type { AppliedRules } from './rules/applied-rules.js';
import type { RuleSet } from './rules/rule-set.js';

export interface CompareSettings {
  readonly rules: RuleSet;
  /** Bodies and messages above this many decoded bytes are compared by hash. */
  readonly limit: number;
  /** The factor above which a response is reported as slower. */
  readonly slower?: number | undefined;
  /** The relative difference that is allowed between the sizes of bodies. */
  readonly sizeTolerance?: number | undefined;
  /** Returns the values that the session has carried over, for a flow. */
  readonly carried?: ((recorded: HttpFlow) => Carried | undefined) | undefined;
  /** Definitions of messages of Protobuf. */
  readonly definitions?: Definitions | undefined;
  /** For learning rules: called for each pair of values that rules can name, equal or not. */
  readonly onCompared?: ((recorded: HttpFlow, place: string) => void) | undefined;
}

/** Responses that take fewer seconds are never reported as slower. */
const FAST = 0.05;

/** Compares the response of a recorded flow with the response to the same request sent again. */
export class FlowComparer {
  constructor(private readonly settings: CompareSettings) {}

  /** Compares two ended flows with readable bodies. @returns a promise only if a body has to be read from disk */
  compare(recorded: HttpFlow, replayed: HttpFlow): Difference[] | Promise<Difference[]> {
    const { rules, limit } = this.settings;
    if (!rules.needsBodies) return this.compareWith(rules.for(recorded), recorded, replayed);
    return loadBodies(recorded, limit).then(() => {
      const applied = rules.for(recorded);
      unloadBodies(recorded);
      return this.compareWith(applied, recorded, replayed);
    });
  }

  private compareWith(
    rules: AppliedRules,
    recorded: HttpFlow,
    replayed: HttpFlow,
  ): Difference[] | Promise<Difference[]> {
    const { carried, onCompared, limit, sizeTolerance, definitions } = this.settings;
    const [was, now] = [recorded.response, replayed.response];
    if (!was || !now) return compareFailures(recorded, replayed);
    const equality = new Equality(rules, carried?.(recorded), () => serverNames(recorded, replayed));
    const differences = [
      ...compareStatus(recorded, replayed),
      ...compareCallStatus(recorded, replayed),
      ...compareHeaders('headers', sentHeaders(recorded), sentHeaders(replayed), equality).filter(isNotOfCall),
      ...compareHeaders('trailers', was.trailers, now.trailers, equality).filter(isNotOfCall),
      ...compareHeaders('trailers', callMessage(was), callMessage(now), equality),
      ...this.compareLatency(recorded, replayed),
    ];
    if (onCompared) for (const name of was.headers.keys()) onCompared(recorded, `header:${name.toLowerCase()}`);
    const onScalars = onCompared && ((place: string) => onCompared(recorded, place));
    const type = definitions?.method(recorded.request.path)?.response;
    const bodies = compareBodies(was, now, equality, { limit, sizeTolerance, onScalars, definitions, type });
    if (Array.isArray(bodies) && !recorded.messages)
      return bodies.length > 0 ? [...differences, ...bodies] : differences;
    return this.compareRest(recorded, replayed, equality, differences, bodies, onScalars);
  }

  private async compareRest(
    recorded: HttpFlow,
    replayed: HttpFlow,
    equality: Equality,
    differences: Difference[],
    bodies: Difference[] | Promise<Difference[]>,
    onScalars: OnScalars | undefined,
  ): Promise<Difference[]> {
    differences.push(...(await bodies));
    if (recorded.messages) {
      differences.push(...(await compareMessages(recorded, replayed, equality, this.settings.limit, onScalars)));
    }
    return differences;
  }

  private compareLatency(recorded: HttpFlow, replayed: HttpFlow): Difference[] {
    const { slower } = this.settings;
    if (slower === undefined) return [];
    const [was, now] = [durationOf(recorded), durationOf(replayed)];
    if (was === undefined || now === undefined || now < FAST || now <= was * slower) return [];
    return [{ kind: 'slower', place: 'duration', group: 'duration', was: showTime(was), now: showTime(now) }];
  }
}

function compareStatus(recorded: HttpFlow, replayed: HttpFlow): Difference[] {
  const [was, now] = [recorded.response!.statusCode, replayed.response!.statusCode];
  if (was === now) return [];
  return [{ kind: 'status', place: 'status', group: 'status', was: String(was), now: String(now) }];
}

/** Compares the status of calls of gRPC, gRPC-Web and Connect. Like the HTTP status, rules cannot ignore it. */
function compareCallStatus(recorded: HttpFlow, replayed: HttpFlow): Difference[] {
  const [was, now] = [grpcStatus(recorded), grpcStatus(replayed)];
  if (was === now) return [];
  const shown = (status: number | undefined) =>
    status === undefined ? undefined : `${status} ${GRPC_STATUS_NAMES[status] ?? ''}`.trimEnd();
  return [{ kind: 'status', place: STATUS_FIELD, group: STATUS_FIELD, was: shown(was), now: shown(now) }];
}

const STATUS_FIELD = 'grpc-status';

const MESSAGE_FIELD = 'grpc-message';

/** Filters out the status of a call and its message, which are compared separately. */
function isNotOfCall({ place }: Difference): boolean {
  return place !== STATUS_FIELD && place !== MESSAGE_FIELD;
}

/** The message of a call, which is a trailer, or a header of a response without content. Some servers send an empty one with OK. */
function callMessage({ headers, trailers }: HttpResponse): Headers {
  const value = trailers?.get(MESSAGE_FIELD) || headers.get(MESSAGE_FIELD) || undefined;
  return Headers.from(value === undefined ? [] : [[MESSAGE_FIELD, value]]);
}

/** The difference if only one side has a response. */
function compareFailures(recorded: HttpFlow, replayed: HttpFlow): Difference[] {
  if (!recorded.response && !replayed.response) return [];
  const shown = ({ response, error }: HttpFlow) =>
    response ? `status ${response.statusCode}` : `no response (${error?.message ?? 'unknown reason'})`;
  return [{ kind: 'error', place: 'response', group: 'response', was: shown(recorded), now: shown(replayed) }];
}

/** The names by which the client called the servers, if they differ. */
function serverNames({ request: was }: HttpFlow, { request: now }: HttpFlow): ServerNames | undefined {
  const [recorded, replayed] = [was.prettyAuthority, now.prettyAuthority];
  return recorded === replayed || recorded === '' ? undefined : { recorded, replayed };
}

/** Seconds from the request's first byte to the response's last. */
function durationOf({ request, response }: HttpFlow): number | undefined {
  const end = response?.timestampEnd;
  return end === undefined || request.timestampStart === 0 ? undefined : end - request.timestampStart;
}

function showTime(seconds: number): string {
  return seconds < 10 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}
