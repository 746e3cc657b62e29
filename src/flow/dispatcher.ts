import { type FlowFilter, loadBodies, type Phase, unloadBodies } from './filter.js';
import type { Flow, HttpFlow } from './flow.js';
import { type Addon, HOOK_NAMES, type Hook, type HookName, type HookTable } from './hooks.js';

export interface DispatcherOptions {
  /** Told when a hook threw. The flow goes on as the addon left it. */
  onError: (error: unknown, where: { addon: Addon; hook: HookName; flow: Flow | undefined }) => void;
  /** Decoded bytes of a body that filters see at most. */
  bodySearchLimit: number;
  /** Told when a body was longer than `bodySearchLimit`. */
  onSearchLimit: (flow: Flow) => void;
}

interface Listener {
  addon: Addon;
  call: (argument: never) => void | Promise<void>;
}

/** An addon that was not waited for any longer. */
export class UnfinishedHookError extends Error {
  override name = 'UnfinishedHookError';
  constructor() {
    super('it was not waited for any longer, as the program ends');
    // Where that was found out says nothing about the addon.
    this.stack = this.message;
  }
}

/** Milliseconds that a hook may take when the program no longer waits. */
const LAST_MS = 250;

/** How far a flow is when the hook is called, for the filter of an addon. */
const PHASES: Partial<Record<HookName, Phase>> = {
  httpConnect: 'requestHeaders',
  requestHeaders: 'requestHeaders',
  request: 'request',
  dnsRequest: 'request',
  responseHeaders: 'responseHeaders',
  serverSentEvent: 'responseHeaders',
  response: 'response',
  dnsResponse: 'response',
  tcpStart: 'requestHeaders',
  udpStart: 'requestHeaders',
  websocketStart: 'responseHeaders',
  tcpMessage: 'responseHeaders',
  udpMessage: 'responseHeaders',
  websocketMessage: 'responseHeaders',
  tcpEnd: 'response',
  udpEnd: 'response',
  websocketEnd: 'response',
  httpConnectError: 'end',
  error: 'end',
  flowEnd: 'end',
};

/** Calls addons in order. A hook nobody listens to costs one look into a table, a synchronous one no promise. */
export class Dispatcher {
  private readonly listeners = new Map<HookName, Listener[]>();
  /** Each ends the wait for a hook. */
  private readonly waits = new Set<() => void>();
  private givenUp = false;

  constructor(
    private addons: readonly Addon[],
    private readonly options: DispatcherOptions,
  ) {
    this.listen();
  }

  /** Calls these addons from now on. Calls that are pending go on with those before. */
  setAddons(addons: readonly Addon[]): void {
    this.addons = addons;
    this.listeners.clear();
    this.listen();
  }

  private listen(): void {
    for (const addon of this.addons) {
      for (const key of hookNames(addon)) {
        const call = (addon[key] as Hook<HookName>).bind(addon) as Listener['call'];
        const list = this.listeners.get(key);
        if (list) list.push({ addon, call });
        else this.listeners.set(key, [{ addon, call }]);
      }
    }
  }

  /** Whether an addon may change this flow, as far as its head tells. */
  mayChange(flow: Flow): boolean {
    return this.addons.some(({ observes, filter }) => !observes && mayPass(filter, flow, 'responseHeaders'));
  }

  /** Whether this hook may be called for the flow, as far as its head tells. */
  mayCall(hook: HookName, flow: Flow): boolean {
    return this.listeners.get(hook)?.some(({ addon }) => mayPass(addon.filter, flow, 'responseHeaders')) === true;
  }

  listens(hook: HookName): boolean {
    return this.listeners.has(hook);
  }

  /** Calls the listeners of a hook. @returns a promise only if something asynchronous has to be waited for */
  emit<Name extends HookName>(hook: Name, argument: HookTable[Name]): undefined | Promise<void> {
    const list = this.listeners.get(hook);
    return list && this.call(list, 0, hook, argument);
  }

  /** Whether the message has to be complete before it may go on, because an addon may change it. */
  holds(hook: 'request' | 'response', flow: HttpFlow): boolean {
    const list = this.listeners.get(hook);
    if (!list) return false;
    const phase = hook === 'request' ? 'requestHeaders' : 'responseHeaders';
    const stream = hook === 'response' && flow.response?.isEventStream === true;
    return list.some(({ addon }) => (!stream || addon.hold === 'always') && mayPass(addon.filter, flow, phase));
  }

  /** Whether an addon may change messages of this WebSocket, so that they have to be complete before they go on. */
  holdsMessages(flow: HttpFlow): boolean {
    const list = this.listeners.get('websocketMessage') ?? [];
    return list.some(({ addon }) => !addon.observes && mayPass(addon.filter, flow, 'responseHeaders'));
  }

  /** Whether bodies or messages of this flow have to be kept for somebody. */
  keepsBodies(flow: Flow, phase: Phase): boolean {
    for (const addon of this.addons) {
      const wants = addon.observesBodies || addon.filter?.needsBodies;
      if (wants && mayPass(addon.filter, flow, phase)) return true;
    }
    return false;
  }

  /**
   * Calls `done`, the last hook: hooks of connections that close later, or that are still pending, are not called any
   * more. To be called when all flows have ended. One that has not is a fault, and goes to its hooks so that it shows.
   */
  async end(): Promise<void> {
    for (const [hook, list] of this.listeners) if (!PHASES[hook] && hook !== 'done') list.length = 0;
    await this.emit('done', undefined);
  }

  /**
   * Ends the wait for hooks that are pending, and 250 ms after their call for those of later: the program ends. What
   * observers do in `flowEnd` and `done` is waited for all the same, as they save.
   */
  giveUp(): void {
    this.givenUp = true;
    for (const end of this.waits) end();
  }

  private call(list: Listener[], from: number, hook: HookName, argument: unknown): undefined | Promise<void> {
    const phase = PHASES[hook];
    for (let at = from; at < list.length; at++) {
      const { addon, call } = list[at]!;
      const flow = flowOf(argument);
      try {
        if (addon.filter && flow && phase) {
          if (addon.filter.needsBodies && hasBodies(phase))
            return this.callWithBodies(list, at, hook, argument, flow, phase);
          if (addon.filter.evaluate(flow, phase) !== 'yes') continue;
        }
        const pending = call(argument as never);
        if (pending) return this.finish(pending, list, at, hook, argument);
      } catch (error) {
        this.report(error, addon, hook, flow);
      }
    }
    return undefined;
  }

  /** Waits for an asynchronous hook and goes on with the next addon. */
  private async finish(
    pending: Promise<void>,
    list: Listener[],
    at: number,
    hook: HookName,
    argument: unknown,
  ): Promise<void> {
    const { addon } = list[at]!;
    try {
      await this.untilGivenUp(pending, addon, hook);
    } catch (error) {
      this.report(error, addon, hook, flowOf(argument));
    }
    await this.call(list, at + 1, hook, argument);
  }

  /** @throws UnfinishedHookError, and what the hook throws */
  private untilGivenUp(pending: Promise<void>, { observes }: Addon, hook: HookName): Promise<void> {
    if (observes && (hook === 'flowEnd' || hook === 'done')) return pending;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.waits.delete(end);
        reject(new UnfinishedHookError());
      };
      const timer = this.givenUp ? setTimeout(end, LAST_MS) : undefined;
      this.waits.add(end);
      pending.then(resolve, reject).finally(() => {
        this.waits.delete(end);
        clearTimeout(timer);
      });
    });
  }

  private async callWithBodies(
    list: Listener[],
    at: number,
    hook: HookName,
    argument: unknown,
    flow: Flow,
    phase: Phase,
  ): Promise<void> {
    const { addon, call } = list[at]!;
    try {
      if (await loadBodies(flow, this.options.bodySearchLimit)) this.options.onSearchLimit(flow);
      const verdict = addon.filter!.evaluate(flow, phase);
      const next = list[at + 1]?.addon.filter;
      if (!next?.needsBodies) unloadBodies(flow);
      const pending = verdict === 'yes' ? call(argument as never) : undefined;
      if (pending) await this.untilGivenUp(pending, addon, hook);
    } catch (error) {
      this.report(error, addon, hook, flow);
    }
    await this.call(list, at + 1, hook, argument);
  }

  private report(error: unknown, addon: Addon, hook: HookName, flow: Flow | undefined): void {
    this.options.onError(error, { addon, hook, flow });
  }
}

function mayPass(filter: FlowFilter | undefined, flow: Flow, phase: Phase): boolean {
  return filter === undefined || filter.evaluate(flow, phase) !== 'no';
}

/** Whether bodies or messages are there, for filters that read them. */
function hasBodies(phase: Phase): boolean {
  return phase !== 'requestHeaders' && phase !== 'responseHeaders';
}

function flowOf(argument: unknown): Flow | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  if ('flow' in argument) return argument.flow as Flow;
  return 'timestampCreated' in argument ? (argument as Flow) : undefined;
}

/** Hooks of plain objects and of instances of classes alike. */
function hookNames(addon: Addon): HookName[] {
  return HOOK_NAMES.filter((name) => typeof addon[name] === 'function');
}
