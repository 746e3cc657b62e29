import { isIP } from 'node:net';
import { type HttpFlow, ReplayError } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { parseModeSpec } from '../listen/mode-spec.js';
import { UpstreamMode } from '../listen/modes/upstream.js';
import type { EngineOptions } from '../options.js';
import type { UpstreamProxy } from '../upstream/dial/upstream-proxy.js';
import type { ReplayClient, ReplayRoute } from './replay-client.js';

/**
 * Replays flows for addons: each uses the upstream proxy of its listener's mode, and shares connections with earlier
 * replays.
 */
export class FlowReplayer {
  /** Clients by upstream proxy and server name. */
  private readonly clients = new Map<string, ReplayClient>();

  constructor(
    private readonly options: EngineOptions,
    private readonly upstreamProxy: UpstreamProxy | undefined,
    private readonly createClient: (reach: ReplayRoute) => ReplayClient,
  ) {}

  /** @returns its flow, which the caller releases @throws FlowNotLiveError if the program ends, ReplayError */
  async replay(flow: HttpFlow): Promise<HttpFlow> {
    const { request } = flow;
    checkRequest(request);
    return this.clientFor(flow).send(request.clone());
  }

  private clientFor({ client: { mode }, request }: HttpFlow): ReplayClient {
    const serverName = nameBehindAddress(request);
    const key = JSON.stringify([this.options.mode.includes(mode) ? mode : '', serverName]);
    const known = this.clients.get(key);
    if (known) return known;
    const client = this.createClient({
      upstreamProxy: replayUpstreamProxy(this.options, this.upstreamProxy, mode),
      serverName,
    });
    this.clients.set(key, client);
    return client;
  }
}

/** A redirected request contains the server's address, but the certificate is for its name. */
function nameBehindAddress({ scheme, host, prettyHost }: HttpRequest): string | undefined {
  return scheme === 'https' && isIP(host) && prettyHost !== host && !isIP(prettyHost) ? prettyHost : undefined;
}

function checkRequest({ method, body, headers }: HttpRequest): void {
  if (method === 'CONNECT') throw new ReplayError('A CONNECT cannot be replayed: replay the flows of its tunnel');
  if (body.complete) return;
  const hasBody = body.size > 0 || headers.has('content-length') || headers.has('transfer-encoding');
  if (hasBody) throw new ReplayError('The body of the request is incomplete: replay it in `request` or later');
}

/**
 * The upstream proxy for replayed requests.
 * @param otherwise for modes without an upstream proxy
 * @param recorded the mode in the recorded flow; if it is not configured, the first mode is used
 */
export function replayUpstreamProxy(
  options: EngineOptions,
  otherwise: UpstreamProxy | undefined,
  recorded?: string,
): UpstreamProxy | undefined {
  const specs = options.mode.map(parseModeSpec);
  const spec = specs.find(({ text }) => text === recorded) ?? specs[0];
  return spec?.mode === 'upstream' ? new UpstreamMode(spec, options).upstreamProxy : otherwise;
}
