import { BoundedMap } from '../../flow/bounded-map.js';
import type { Flow } from '../../flow/flow.js';
import { defaultPort, formatAuthority, formatHostPort, parseAuthority } from '../../flow/http/authority.js';
import { isWebSocket } from '../../flow/http/websocket-handshake.js';
import { hostKey, normalizedHost, readableHost } from '../../flow/text/host-name.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';
import { safeText } from '../../terminal/safe-text.js';
import { Distinct } from './distinct.js';
import { HttpCounts } from './http-counts.js';
import type { Estimate, StatisticsReport, TimeSpan } from './report.js';
import { Tally } from './tally.js';

/** Maximum number of hosts whose shown form is remembered. */
const REMEMBERED = 1000;

/** Counts flows in bounded memory, without reading their bodies. */
export class FlowCounts {
  private flows = 0;
  private errors = 0;
  private webSockets = 0;
  private messages = 0;
  private readonly types = { http: 0, tcp: 0, udp: 0, dns: 0 };
  private readonly bytes: StatisticsReport['bytes'] = { requestBodies: 0, responseBodies: 0, messages: 0, stored: 0 };
  private first = Number.POSITIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;
  private readonly clients = new Distinct();
  private readonly servers = new Distinct();
  private readonly hosts = new Tally();
  private readonly clientTls = new Tally();
  private readonly serverTls = new Tally();
  private readonly http: HttpCounts;
  /** The last authority shown for a host, as most flows repeat one. */
  private readonly authorities = new BoundedMap<string, { port: number; scheme: string; text: string }>(REMEMBERED);

  /** @param showHost count by the host that the client named, not by the destination */
  constructor(private readonly showHost: boolean) {
    this.http = new HttpCounts(showHost);
  }

  /** Counts an ended flow. */
  add(flow: Flow): void {
    const { client, server } = flow;
    const failed = flow.error !== undefined;
    const bytes = this.addBytes(flow);
    this.flows++;
    this.types[flow.type]++;
    if (failed) this.errors++;
    this.addTimes(flow);
    this.clients.add(client.id);
    if (server.peer || server.timestampStart > 0) this.servers.add(server.id);
    this.hosts.add(this.hostOf(flow), bytes, failed);
    this.clientTls.add(client.tls ? client.tls.version || 'unknown' : 'none', bytes, failed);
    this.serverTls.add(server.tls ? server.tls.version || 'unknown' : 'none', bytes, failed);
    if (flow.type !== 'http') return;
    if (isWebSocket(flow)) this.webSockets++;
    this.http.add(flow, bytes);
  }

  report(): StatisticsReport {
    return {
      version: 1,
      flows: this.flows,
      errors: this.errors,
      types: { ...this.types },
      webSockets: this.webSockets,
      time: this.timeSpan(),
      connections: { clients: estimateOf(this.clients), servers: estimateOf(this.servers) },
      bytes: { ...this.bytes },
      messages: this.messages,
      hosts: this.hosts.report(),
      tls: { clients: this.clientTls.report(), servers: this.serverTls.report() },
      http: this.http.report(),
    };
  }

  /** @returns the bytes of its bodies and messages, as sent */
  private addBytes(flow: Flow): number {
    const stored = flow.source?.bodyBytes ?? storedBytes(flow);
    if (stored === undefined) this.bytes.stored = null;
    else if (this.bytes.stored !== null) this.bytes.stored += stored;
    if (flow.type === 'dns') return 0;
    const messages = flow.messages?.size ?? 0;
    this.bytes.messages += messages;
    this.messages += flow.messages?.count ?? 0;
    if (flow.type !== 'http') return messages;
    const request = flow.request.body.size;
    const response = flow.response?.body.size ?? 0;
    this.bytes.requestBodies += request;
    this.bytes.responseBodies += response;
    return request + response + messages;
  }

  /** A time of 0 was not recorded. */
  private addTimes(flow: Flow): void {
    const began = flowBegan(flow);
    if (!(began > 0)) return;
    const ended = flowEnded(flow) ?? began;
    if (began < this.first) this.first = began;
    if (ended > this.last) this.last = ended;
    if (began > this.last) this.last = began;
  }

  private timeSpan(): TimeSpan {
    const { first, last } = this;
    return first <= last ? { first, last, seconds: last - first } : { first: null, last: null, seconds: 0 };
  }

  private hostOf(flow: Flow): string {
    if (flow.type === 'http') {
      const { request } = flow;
      const { scheme, host, port } = request;
      const named = this.showHost ? parseAuthority(request.prettyAuthority) : undefined;
      if (named) return formatAuthority(shownName(named.host), named.port ?? defaultPort(scheme) ?? 443, scheme);
      const known = this.authorities.get(host);
      if (known?.port === port && known.scheme === scheme) return known.text;
      const text = formatAuthority(shownName(host), port, scheme);
      this.authorities.set(host, { port, scheme, text });
      return text;
    }
    const address = flow.server.address ?? flow.server.peer;
    return address ? formatHostPort(shownName(address[0]), address[1]) : 'unknown';
  }
}

/** The display name of a host, the same for all spellings. */
function shownName(host: string): string {
  return safeText(readableHost(hostKey(normalizedHost(host))));
}

/** @returns undefined if it is unknown, because the flow is from a capture and its bodies were not kept */
function storedBytes(flow: Flow): number | undefined {
  if (flow.type === 'dns') return 0;
  const all = flow.type === 'http' ? [flow.request.body, flow.response?.body, flow.messages] : [flow.messages];
  let bytes = 0;
  for (const each of all) {
    if (each?.stored) bytes += each.stored.size;
    else if (flow.source && each && each.size > 0) return undefined;
  }
  return bytes;
}

function estimateOf({ count, exact }: Distinct): Estimate {
  return { count, exact };
}
