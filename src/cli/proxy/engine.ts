import {
  type Authority,
  allPermits,
  type BoundSocket,
  type ConnectionPermit,
  type DeferredServers,
  type HostRules,
  KeyLog,
  ListenError,
  type Listening,
  ModeSpecError,
  ProxyEngine,
  type ReplayClient,
  TlsOptionError,
  type TlsSecrets,
} from '../../engine/index.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { ReplayEngine } from '../addons/flow-replay.js';
import { UnusableOption } from '../options/unusable-option.js';
import { ExitError, UsageError } from '../process/exit-error.js';
import type { Session } from '../session/session.js';
import { packageVersion } from '../version.js';
import { upstreamFromEnvironment } from './upstream-from-env.js';

/** The engine, configured by the options. */
export interface RunningEngine extends ReplayEngine {
  /** Listeners, in the order of the modes. */
  readonly listening: readonly Listening[];
  /** Starts serving clients; those that connect before it wait. */
  serve(): void;
  /** See `ProxyEngine.stop`; when it resolves, the engine is closed completely. */
  stop(graceMs: number, onLive?: (count: number) => void): Promise<void>;
  abort(): void;
  /** See `ProxyEngine.replay`. */
  replay(flow: HttpFlow): Promise<HttpFlow>;
  /** See `ProxyEngine.replayClient`. */
  replayClient(serverName: string | undefined): ReplayClient;
}

/** What decides about connections to servers. */
export interface ServerPolicy {
  /** Decide together which connections may be opened. */
  permits: readonly ConnectionPermit[];
  /** The addons that answer in place of servers, if any. */
  deferredServers: DeferredServers | undefined;
}

/** Dependencies of the engine that are made from options. */
export interface EngineParts extends ServerPolicy {
  /** Undefined if no clients are served. */
  authority: Authority | undefined;
  /** Passthrough rules; undefined without rules. */
  hostRules: HostRules | undefined;
  /** Reads more root certificates for servers; see `EngineServices`. */
  moreRoots?: (() => string[]) | undefined;
  /** Bound sockets of the listeners and TLS secrets, shared with other processes; see `EngineServices`. */
  sockets?: readonly BoundSocket[];
  tlsSecrets?: TlsSecrets;
}

/** @throws ExitError if it cannot start */
export async function startEngine(session: Session, parts: EngineParts): Promise<RunningEngine> {
  return explained(async () => {
    const { engine, stop } = makeEngine(session, parts);
    const listening = parts.authority ? await engine.start() : [];
    return {
      listening,
      serve: () => engine.serve(),
      stop,
      abort: () => engine.abort(),
      replay: (flow) => engine.replay(flow),
      replayClient: (serverName) => engine.replayClient(serverName),
    };
  });
}

/** Runs a step of the start. @throws ExitError for errors of the engine that come from options or the system */
export async function explained<Result>(step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof TlsOptionError) throw new UnusableOption(error.option, error.reason, error.value);
    if (error instanceof ModeSpecError) throw new UsageError(error.message, 'option-value');
    throw error instanceof ListenError ? new ExitError('listen-failed', error.message) : error;
  }
}

/** An engine without listeners, for addons that replay flows of captures. @throws TlsOptionError, ModeSpecError */
export function startReplayEngine(session: Session, { permits, deferredServers }: ServerPolicy): ReplayEngine {
  const { engine, stop } = makeEngine(session, {
    permits,
    deferredServers,
    authority: undefined,
    hostRules: undefined,
  });
  return { replay: (flow) => engine.replay(flow), stop };
}

interface MadeEngine {
  engine: ProxyEngine;
  stop: RunningEngine['stop'];
}

function makeEngine(session: Session, { permits, ...parts }: EngineParts): MadeEngine {
  const { options, hooks, log, spool } = session;
  const keyLog = KeyLog.fromEnvironment(process.env, (message) => log.error(message));
  const engine = new ProxyEngine(options, {
    hooks,
    log,
    spool,
    ...parts,
    keyLog,
    upstreamProxy: options.upstreamFromEnv
      ? upstreamFromEnvironment(process.env, (message) => log.warn(message))
      : undefined,
    permitConnection: allPermits(permits),
    version: packageVersion(),
  });
  const stop: RunningEngine['stop'] = async (graceMs, onLive) => {
    await engine.stop(graceMs, onLive);
    await keyLog?.close();
  };
  return { engine, stop };
}
