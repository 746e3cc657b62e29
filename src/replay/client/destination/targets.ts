import type { ConnectionPermit } from '../../../engine/index.js';
import { defaultPort, formatHostPort, parseAuthority } from '../../../flow/http/authority.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { hostKey } from '../../../flow/text/host-name.js';
import type { ReplayTarget, TargetMapping } from './target.js';

export interface TargetOptions {
  /** The target for all servers without a mapping of their own. */
  to: ReplayTarget | undefined;
  mappings: readonly TargetMapping[];
  /** Whether requests to unmapped servers are sent to the recorded servers. */
  anywhere: boolean;
}

/** The destination of a request; `refused` if it must not be sent. */
export type ReplayDestination = ReplayTarget | 'recorded' | 'refused';

/** Decides the destinations of recorded requests, and restricts the servers that a replay may connect to. */
export class Targets {
  private readonly mapped = new Map<string, ReplayTarget>();
  private readonly allowed: ReadonlySet<string>;

  constructor(private readonly options: TargetOptions) {
    const { to, mappings } = options;
    for (const { host, port, to: target } of mappings) this.mapped.set(key(host, port), target);
    const targets = [...mappings.map((mapping) => mapping.to), ...(to ? [to] : [])];
    this.allowed = new Set(targets.map(({ host, port }) => key(hostKey(host), port)));
  }

  /**
   * The destination of a recorded request. Mappings are looked up by its server, then by the host in `Host` or `:authority`.
   */
  of(request: HttpRequest): ReplayDestination {
    const found = this.mapped.size > 0 ? this.mappedTarget(request) : undefined;
    return found ?? this.options.to ?? (this.options.anywhere ? 'recorded' : 'refused');
  }

  private mappedTarget(request: HttpRequest): ReplayTarget | undefined {
    const { host, port, prettyHost, scheme } = request;
    return this.forServer(host, port) ?? this.forServer(prettyHost, namedPort(request) ?? defaultPort(scheme));
  }

  /** The target for an origin, such as the origin of `Referer`. */
  forServer(host: string, port: number | undefined): ReplayTarget | undefined {
    const name = hostKey(host);
    return this.mapped.get(key(name, port)) ?? this.mapped.get(key(name, undefined));
  }

  /** Denies replays connections to other servers; undefined if all servers are allowed. */
  get permit(): ConnectionPermit | undefined {
    if (this.options.anywhere) return undefined;
    return ({ address: [host, port], isReplay }) => {
      if (!isReplay || this.allowed.has(key(hostKey(host), port))) return undefined;
      return {
        code: 'not-permitted',
        message: `${formatHostPort(host, port)} is not a target of this replay (--replay-to, --replay-map).`,
      };
    };
  }
}

/** The port in `Host` or `:authority`. */
function namedPort(request: HttpRequest): number | undefined {
  return parseAuthority(request.prettyAuthority)?.port;
}

function key(host: string, port: number | undefined): string {
  return `${host} ${port ?? '*'}`;
}
