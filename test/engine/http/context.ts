import { Authentication } from '../../../src/engine/client/authentication.js';
import type { ClientContext } from '../../../src/engine/client/client-context.js';
import { LargeBodies } from '../../../src/engine/http/body/large-bodies.js';
import { FlushScheduler } from '../../../src/engine/net/buffered-writer.js';
import { Deadlines } from '../../../src/engine/net/deadlines.js';
import type { EngineOptions } from '../../../src/engine/options.js';
import type { Services } from '../../../src/engine/services.js';
import { AbruptServers, Http2OnlyServers } from '../../../src/engine/upstream/server-quirks.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { Clock } from '../../../src/flow/clock.js';
import { ClientConnection } from '../../../src/flow/connection.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { dispatcherOf } from '../../support/dispatcher.js';
import { ENGINE_OPTIONS } from '../../support/engine-options.js';

/** A client connection without a socket, for exchanges. @param report is told of errors that are our own */
export function testContext(
  addons: readonly Addon[],
  options: Partial<EngineOptions> = {},
  report: (line: string) => void = () => {},
  spool = new SpoolPolicy(),
): ClientContext {
  const client = new ClientConnection();
  const ignore = (): void => {};
  const error = (text: string): void => report(`log ${text.split('\n')[0]}`);
  const log = { error, warn: ignore, info: ignore, alert: ignore, debug: ignore };
  const engineOptions = { ...ENGINE_OPTIONS, ...options };
  const services = {
    options: engineOptions,
    hooks: dispatcherOf(...addons),
    log,
    largeBodies: new LargeBodies(engineOptions, log),
    spool,
    deadlines: new Deadlines(),
    flushScheduler: new FlushScheduler(),
    version: '1',
    http2OnlyServers: new Http2OnlyServers(),
    abruptServers: new AbruptServers(),
  } as unknown as Services;
  const { signal } = new AbortController();
  return {
    services,
    client,
    isReplay: false,
    clock: new Clock(),
    upstreamProxy: undefined,
    signal,
    authentication: new Authentication({ services, client, signal }),
    closing: false,
    interrupted: false,
  };
}
