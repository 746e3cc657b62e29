import { BoundedMap } from '../../flow/bounded-map.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { isGrpc } from '../../flow/rpc/call.js';
import { grpcStatus } from '../../flow/rpc/status.js';
import { GRPC_STATUS_NAMES } from '../../flow/rpc/status-codes.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';
import { safeText, safeUrl, safeWireText } from '../../terminal/safe-text.js';
import { parseMediaType } from '../../terminal/views/media-type.js';
import { Quantiles } from './quantiles.js';
import type { HttpReport, Latency, RequestFacts, StatusClass } from './report.js';
import { Tally } from './tally.js';

const LIST_LENGTH = 10;
/** Maximum length of a URL in a report, in characters. */
const LONGEST_URL = 4096;

/** Maximum number of values of `Content-Type` that are remembered, and of their characters. */
const REMEMBERED = 500;
const LONGEST_TYPE = 200;

/** Counts properties of HTTP flows. */
export class HttpCounts {
  private readonly methods = new Tally();
  private readonly versions = new Tally();
  private readonly statuses = new Tally();
  private readonly contentTypes = new Tally();
  private readonly grpcStatuses = new Tally();
  private readonly classes: Record<StatusClass, number> = {
    '1xx': 0,
    '2xx': 0,
    '3xx': 0,
    '4xx': 0,
    '5xx': 0,
    other: 0,
    none: 0,
  };
  /** The media types of recent values of `Content-Type`. */
  private readonly mediaTypes = new BoundedMap<string, string>(REMEMBERED);
  private readonly firstByte = new Quantiles();
  private readonly total = new Quantiles();
  private readonly slowest = new TopList<RequestFacts>(LIST_LENGTH);
  private readonly largest = new TopList<RequestFacts>(LIST_LENGTH);

  constructor(private readonly showHost: boolean) {}

  /** @param bytes of its bodies and messages, as sent */
  add(flow: HttpFlow, bytes: number): void {
    const { request, response, error } = flow;
    const failed = error !== undefined;
    this.methods.add(request.method, bytes, failed);
    this.versions.add(request.httpVersion, bytes, failed);
    if (response) {
      const { size } = response.body;
      this.classes[classOf(response.statusCode)]++;
      this.statuses.add(String(response.statusCode), size, failed);
      this.contentTypes.add(this.mediaType(response), size, failed);
    } else this.classes.none++;
    if (isGrpc(request)) this.grpcStatuses.add(callStatus(flow), bytes, failed);
    this.time(flow, bytes);
  }

  report(): HttpReport {
    return {
      methods: this.methods.report(),
      versions: this.versions.report(),
      statusClasses: { ...this.classes },
      statuses: this.statuses.report(),
      contentTypes: this.contentTypes.report(),
      grpcStatuses: this.grpcStatuses.report(),
      latency: { firstByte: latencyOf(this.firstByte), total: latencyOf(this.total) },
      slowest: this.slowest.items,
      largest: this.largest.items,
    };
  }

  private mediaType({ headers }: HttpResponse): string {
    const value = headers.get('content-type');
    if (value === undefined) return 'none';
    let type = this.mediaTypes.get(value);
    if (type === undefined) {
      type = parseMediaType(value).essence || 'none';
      // A copy: the value may be a slice that keeps the text of all fields alive.
      if (value.length <= LONGEST_TYPE) this.mediaTypes.set(Buffer.from(value, 'latin1').toString('latin1'), type);
    }
    return type;
  }

  private time(flow: HttpFlow, bytes: number): void {
    const { request, response } = flow;
    if (response && request.timestampStart > 0 && response.timestampStart > 0) {
      this.firstByte.add(elapsed(request.timestampStart, response.timestampStart));
    }
    // The duration of an upgraded connection is not the latency of its request.
    const ended = flow.messages || flow.websocket ? undefined : flowEnded(flow);
    const seconds = ended === undefined ? undefined : elapsed(flowBegan(flow), ended);
    if (seconds !== undefined) {
      this.total.add(seconds);
      if (this.slowest.takes(seconds)) this.slowest.add(seconds, () => this.facts(flow, seconds, bytes));
    }
    if (bytes > 0 && this.largest.takes(bytes)) this.largest.add(bytes, () => this.facts(flow, seconds, bytes));
  }

  private facts(flow: HttpFlow, seconds: number | undefined, bytes: number): RequestFacts {
    const { id, request, response, error } = flow;
    return {
      id,
      method: safeWireText(request.method),
      url: shortened(safeUrl(request, this.showHost)),
      status: response?.statusCode ?? null,
      error: error ? shortened(safeText(error.message)) : null,
      began: flowBegan(flow),
      seconds: seconds ?? null,
      bytes,
    };
  }
}

function callStatus(flow: HttpFlow): string {
  const status = grpcStatus(flow);
  return status === undefined ? 'none' : (GRPC_STATUS_NAMES[status] ?? String(status));
}

/** An end before the start is taken as 0: the clock may have been set back, or another program wrote the capture. */
function elapsed(from: number, to: number): number {
  return Math.max(0, to - from);
}

function classOf(status: number): StatusClass {
  switch (Math.floor(status / 100)) {
    case 1:
      return '1xx';
    case 2:
      return '2xx';
    case 3:
      return '3xx';
    case 4:
      return '4xx';
    case 5:
      return '5xx';
    default:
      return 'other';
  }
}

function latencyOf(quantiles: Quantiles): Latency {
  return {
    count: quantiles.count,
    p50: quantiles.at(0.5),
    p90: quantiles.at(0.9),
    p95: quantiles.at(0.95),
    p99: quantiles.at(0.99),
    max: quantiles.max,
    relativeError: quantiles.relativeError,
  };
}

function shortened(text: string): string {
  return text.length > LONGEST_URL ? `${text.slice(0, LONGEST_URL)}…` : text;
}

/** The items with the greatest values, greatest first. Of equal values, the first one added wins. */
export class TopList<Item> {
  private readonly entries: { value: number; item: Item }[] = [];

  constructor(private readonly length: number) {}

  /** Whether an item with this value would enter the list. */
  takes(value: number): boolean {
    const { entries } = this;
    return entries.length < this.length || value > entries.at(-1)!.value;
  }

  /** @param make called only if the item enters the list */
  add(value: number, make: () => Item): void {
    const { entries } = this;
    if (!this.takes(value)) return;
    const at = entries.findIndex((entry) => entry.value < value);
    entries.splice(at < 0 ? entries.length : at, 0, { value, item: make() });
    if (entries.length > this.length) entries.pop();
  }

  get items(): Item[] {
    return this.entries.map(({ item }) => item);
  }
}
