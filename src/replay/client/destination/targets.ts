import type { ConnectionPermit } from '../../../engine/index.js';
import { defaultPort, formatHostPort, parseAuthority } from '../../../flow/http/authority.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { hostKey } from '../../../flow/text/host-name.js';
import type { Target, TargetMapping } from './target.js';

export interface TargetOptions {
  /** Where requests to all servers without a mapping of their own go. */
  to: Target | undefined;
  mappings: readonly TargetMapping[];
  /** Whether requests to servers that are not mapped go to these servers. */
  anywhere: boolean;
}

/** Where a request goes: to a target, to the recorded server, or nowhere. */
export type Destination = Target | 'recorded' | 'refused';

/** Decides where recorded requests are sent, and which servers a replay may reach at all. */
export class Targets {
  private readonly mapped = new Map<string, Target>();
  private readonly allowed: ReadonlySet<string>;

  constructor(private readonly options: TargetOptions) {
    const { to, mappings } = options;
    for (const { host, port, to: target } of mappings) this.mapped.set(key(host, port), target);
    const targets = [...mappings.map((mapping) => mapping.to), ...(to ? [to] : [])];
    this.allowed = new Set(targets.map(({ host, port }) => key(hostKey(host), port)));
  }

  /** The destination of a recorded request: by its server, or by the host that its client named. */
  of(request: HttpRequest): Destination {
    const found = this.mapped.size > 0 ? this.mappedTarget(request) : undefined;
    return found ?? this.options.to ?? (this.options.anywhere ? 'recorded' : 'refused');
  }

  private mappedTarget(request: HttpRequest): Target | undefined {
    const { host, port, prettyHost, scheme } = request;
    return this.forServer(host, port) ?? this.forServer(prettyHost, namedPort(request) ?? defaultPort(scheme));
  }

  /** The target that the mappings have for an origin, such as that of `Referer`. */
  forServer(host: string, port: number | undefined): Target | undefined {
    const name = hostKey(host);
    return this.mapped.get(key(name, port)) ?? this.mapped.get(key(name, undefined));
  }

  /** Refuses all other servers to replays; undefined if every server may be reached. */
  get permit(): ConnectionPermit | undefined {
    if (this.options.anywhere) return undefined;
    return ({ address: [host, port], isReplay }) => {
      if (!isReplay || this.allowed.has(key(hostKey(host), port))) return undefined;
      return {
        code: 'not-permitted',
        message: `${formatHostPort(host, port)} is no target of this replay (--replay-to, --replay-map).`,
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
