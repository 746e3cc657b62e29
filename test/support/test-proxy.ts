import type { Test } from 'tap';
import type { HostRules } from '../../src/engine/client/passthrough/passthrough.js';
import {
  type ConnectionPermit,
  type DeferredServers,
  type EngineOptions,
  ProxyEngine,
} from '../../src/engine/index.js';
import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import type { Flow, HttpFlow, TcpFlow } from '../../src/flow/flow.js';
import { Dispatcher } from '../../src/flow/hooks/dispatcher.js';
import type { Addon, HookName } from '../../src/flow/hooks/hooks.js';
import type { Log, LogLevel } from '../../src/flow/log.js';
import type { Message } from '../../src/flow/message-log/message-log.js';
import { testAuthority } from '../engine/tls/support.js';
import { ENGINE_OPTIONS } from './engine-options.js';
import { until } from './until.js';
import { Wire } from './wire.js';

export interface TestProxyOptions {
  addons?: Addon[];
  options?: Partial<EngineOptions>;
  spool?: SpoolPolicy;
  hostRules?: HostRules;
  permitConnection?: ConnectionPermit;
  deferredServers?: DeferredServers;
  /** False if bodies are kept only if an addon of the test needs them. */
  keepBodies?: boolean;
  /** False makes clients wait until the test calls `engine.serve`. */
  serving?: boolean;
  /** True if the test expects an internal error, which otherwise fails it. */
  mayFail?: boolean;
}

/** A flow that has ended, with what its bodies held at that moment. */
export interface EndedFlow {
  flow: Flow;
  /** Undefined if it was not kept. */
  requestBody: string | undefined;
  responseBody: string | undefined;
  /** `> sent by the client`, `< sent by the server` */
  messages: string[];
}

/** The engine on a port of its own until the end of the test, without the command line, and all that it did. */
export class TestProxy {
  /** Of the listeners, in the order of the modes. */
  ports: number[] = [];
  /** Flows in the order in which they ended. */
  readonly ended: EndedFlow[] = [];
  readonly logged: { level: LogLevel; message: string }[] = [];
  readonly hookErrors: { error: Error; hook: HookName; addon: string }[] = [];
  readonly spool: SpoolPolicy;
  /** Signs what clients are shown. */
  readonly authority = testAuthority();
  readonly engine: ProxyEngine;
  private readonly clients: Wire[] = [];

  private constructor(
    t: Test,
    {
      addons = [],
      options = {},
      spool,
      hostRules,
      permitConnection,
      deferredServers,
      keepBodies = true,
      mayFail = false,
    }: TestProxyOptions,
  ) {
    this.spool = spool ?? new SpoolPolicy();
    const collector: Addon = {
      name: 'collector',
      observes: true,
      observesBodies: keepBodies,
      flowEnd: async (flow) => void this.ended.push(await readEnded(flow)),
    };
    const hooks = new Dispatcher([...addons, collector], {
      onError: (error, { hook, addon }) =>
        this.hookErrors.push({ error: error as Error, hook, addon: addon.name ?? '' }),
      bodySearchLimit: 1024 * 1024,
      replay: (flow) => this.engine.replay(flow),
      onSearchLimit: () => {},
    });
    this.engine = new ProxyEngine(
      { ...ENGINE_OPTIONS, ...options },
      {
        hooks,
        log: this.logger(),
        spool: this.spool,
        version: '1.2.3',
        authority: this.authority,
        keyLog: undefined,
        hostRules,
        permitConnection,
        deferredServers,
      },
    );
    t.teardown(async () => {
      await this.engine.stop(0);
      for (const wire of this.clients) wire.socket.destroy();
      this.check(mayFail);
    });
  }

  static async start(t: Test, options: TestProxyOptions = {}): Promise<TestProxy> {
    const proxy = new TestProxy(t, options);
    const listening = await proxy.engine.start();
    if (options.serving ?? true) proxy.engine.serve();
    proxy.ports = listening.map(({ address }) => address[1]);
    return proxy;
  }

  /** A client that is connected to the proxy until the end of the test. */
  async connect(): Promise<Wire> {
    const wire = await Wire.connect(this.port);
    this.clients.push(wire);
    return wire;
  }

  /** A connection on which a CONNECT succeeded already. */
  async tunnel(authority: string): Promise<Wire> {
    const wire = await this.connect();
    wire.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    await wire.has(ESTABLISHED);
    return wire;
  }

  /** Waits until so many flows have ended. @returns the last of them */
  async flow(count = 1): Promise<EndedFlow> {
    await until(() => this.ended.length >= count, `flow ${count} to end`);
    return this.ended[count - 1]!;
  }

  /** The same for a flow that has to be HTTP. */
  async http(count = 1): Promise<EndedFlow & { flow: HttpFlow }> {
    const ended = await this.flow(count);
    if (ended.flow.type !== 'http') throw new Error(`Flow ${count} is ${ended.flow.type}`);
    return { ...ended, flow: ended.flow };
  }

  /** The same for a flow that has to be TCP. */
  async tcp(count = 1): Promise<EndedFlow & { flow: TcpFlow }> {
    const ended = await this.flow(count);
    if (ended.flow.type !== 'tcp') throw new Error(`Flow ${count} is ${ended.flow.type}`);
    return { ...ended, flow: ended.flow };
  }

  get port(): number {
    return this.ports[0]!;
  }

  get internalErrors(): string[] {
    return this.messages('error').filter((message) => message.startsWith('Internal error'));
  }

  /** Lines of the log, each behind its level. */
  get log(): string[] {
    return this.logged.map(({ level, message }) => `${level} ${message}`);
  }

  messages(level: LogLevel): string[] {
    return this.logged.filter((line) => line.level === level).map((line) => line.message);
  }

  /** What holds in every test. A test that has ended cannot fail any more but by an error. */
  private check(mayFail: boolean): void {
    const problems = mayFail ? [] : this.internalErrors;
    const ids = this.ended.map(({ flow }) => flow.id);
    if (new Set(ids).size !== ids.length) problems.push('flowEnd fired twice for a flow');
    if (this.spool.inMemory !== 0) problems.push(`${this.spool.inMemory} bytes of bodies were not given back`);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  private logger(): Log {
    const at = (level: LogLevel) => (message: string) => void this.logged.push({ level, message });
    return { error: at('error'), warn: at('warn'), info: at('info'), alert: at('alert'), debug: at('debug') };
  }
}

export const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';

async function readEnded(flow: Flow): Promise<EndedFlow> {
  const ended: EndedFlow = { flow, requestBody: undefined, responseBody: undefined, messages: [] };
  if (flow.type === 'http') {
    if (flow.request.body.kept) ended.requestBody = (await flow.request.body.rawBytes()).toString('latin1');
    if (flow.response?.body.kept) ended.responseBody = (await flow.response.body.rawBytes()).toString('latin1');
  }
  if (flow.type === 'dns' || !flow.messages) return ended;
  for await (const message of flow.messages) ended.messages.push(describe(message));
  return ended;
}

function describe({ fromClient, content }: Message): string {
  return `${fromClient ? '>' : '<'} ${content.toString('latin1')}`;
}
