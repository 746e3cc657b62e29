import type { BodyTransform, BodyTransformError } from '../body/transform.js';
import { type FlowFilter, loadBodies, type Phase, unloadBodies } from '../filter.js';
import { type Flow, FlowNotLiveError, type FlowServices, type HttpFlow } from '../flow.js';
import { BODILESS_PHASES, bitOf, isRuledOut, PHASES, verdictOf } from './filtering.js';
import { type Addon, HOOK_NAMES, type Hook, type HookName, type HookTable } from './hooks.js';
import { PendingHooks } from './pending-hooks.js';
import { UnusedFlows } from './unused-flows.js';

export interface DispatcherOptions {
  /** Called when a hook throws. The flow continues as the addon left it. */
  onError: (error: unknown, where: { addon: Addon; hook: HookName; flow: Flow | undefined }) => void;
  /** Filters see at most this many decoded bytes of a body. */
  bodySearchLimit: number;
  /** Called when a body is longer than `bodySearchLimit`. */
  onSearchLimit: (flow: Flow) => void;
  /** Sends the request of a flow again. @returns its flow, which the caller releases */
  replay?: ((flow: HttpFlow) => Promise<HttpFlow>) | undefined;
}

interface Listener {
  readonly addon: Addon;
  readonly call: (argument: never) => void | Promise<void>;
  /** The bit of its filter in `Flow.ruledOut`; 0 without a filter, or with too many filters. */
  readonly bit: number;
}

/** The addon and the hook that set a transform. */
interface TransformOwner {
  readonly addon: Addon;
  readonly hook: HookName;
}

/**
 * Calls addons in order. A hook without listeners costs one map lookup, a synchronous hook no promise. A filter that rejected a
 * flow is not evaluated again until an addon may have changed the flow.
 */
export class Dispatcher {
  private listeners = new Map<HookName, Listener[]>();
  /** Addons that may need bodies to be kept. */
  private bodyReaders: readonly Addon[] = [];
  /** Addons that may change flows. */
  private changers: readonly Addon[] = [];
  private readonly unused = new UnusedFlows();
  private readonly services: FlowServices = {
    replay: (flow) => this.replay(flow),
    releaseUnused: (copy) => this.unused.add(copy),
  };
  private readonly owners = new WeakMap<BodyTransform, TransformOwner>();
  private readonly pending = new PendingHooks();

  constructor(
    addons: readonly Addon[],
    private readonly options: DispatcherOptions,
  ) {
    this.setAddons(addons);
  }

  /** Replaces the addons. Pending calls continue with the previous ones. */
  setAddons(addons: readonly Addon[]): void {
    this.bodyReaders = addons.filter(({ observesBodies, filter }) => observesBodies || filter?.needsBodies);
    this.changers = addons.filter(({ observes }) => !observes);
    const listeners = new Map<HookName, Listener[]>();
    const bits = new Map<FlowFilter, number>();
    for (const addon of addons) {
      const bit = addon.filter ? bitOf(addon.filter, bits) : 0;
      for (const key of hookNames(addon)) {
        const call = (addon[key] as Hook<HookName>).bind(addon) as Listener['call'];
        const list = listeners.get(key);
        if (list) list.push({ addon, call, bit });
        else listeners.set(key, [{ addon, call, bit }]);
      }
    }
    this.listeners = listeners;
  }

  /** Whether an addon may change flows. */
  get mayChangeFlows(): boolean {
    return this.changers.length > 0;
  }

  /** Whether an addon may change this flow, judged by its heads. */
  mayChange(flow: Flow): boolean {
    return this.changers.some(({ filter }) => !isRuledOut(filter, 0, flow, 'responseHeaders'));
  }

  /** Whether this hook may be called for the flow, judged by its heads. */
  mayCall(hook: HookName, flow: Flow): boolean {
    return (
      this.listeners.get(hook)?.some(({ addon }) => !isRuledOut(addon.filter, 0, flow, 'responseHeaders')) === true
    );
  }

  listens(hook: HookName): boolean {
    return this.listeners.has(hook);
  }

  /** Calls the listeners of a hook. @returns a promise only if one of them is asynchronous */
  emit<Name extends HookName>(hook: Name, argument: HookTable[Name]): undefined | Promise<void> {
    const list = this.listeners.get(hook);
    if (!list) return undefined;
    const flow = flowOf(argument);
    if (flow) this.enter(flow);
    return this.call(list, 0, hook, argument, flow);
  }

  /** Whether the message has to be complete before it is forwarded, because an addon may change it. */
  holds(hook: 'request' | 'response', flow: HttpFlow): boolean {
    const list = this.listeners.get(hook);
    if (!list) return false;
    this.enter(flow);
    const phase = hook === 'request' ? 'requestHeaders' : 'responseHeaders';
    const stream = hook === 'response' && flow.response?.isEventStream === true;
    for (const { addon, bit } of list) {
      if (stream && addon.hold !== 'always') continue;
      if (!isRuledOut(addon.filter, bit, flow, phase)) return true;
    }
    return false;
  }

  /** Whether an addon may change messages of this WebSocket, so that they have to be complete before they are forwarded. */
  holdsMessages(flow: HttpFlow): boolean {
    const list = this.listeners.get('websocketMessage') ?? [];
    return list.some(({ addon }) => !addon.observes && !isRuledOut(addon.filter, 0, flow, 'responseHeaders'));
  }

  /** Whether an addon needs the bodies or messages of this flow to be kept. */
  keepsBodies(flow: Flow, phase: Phase): boolean {
    return this.bodyReaders.some(({ filter }) => !isRuledOut(filter, 0, flow, phase));
  }

  /** Reports a transform that failed as an error of the hook in which it was set. */
  reportTransform({ transform, cause }: BodyTransformError, flow: Flow): void {
    const { addon, hook } = this.owners.get(transform) ?? { addon: {}, hook: 'responseHeaders' };
    this.report(cause, addon, hook, flow);
  }

  /**
   * Calls `done`, the last hook. Pending and later hooks of connections are no longer called. Call this when all flows have
   * ended. A flow that has not ended is a bug; it still gets its hooks, so that the bug is noticed.
   */
  async end(): Promise<void> {
    for (const [hook, list] of this.listeners) if (!PHASES[hook] && hook !== 'done') list.length = 0;
    await this.emit('done', undefined);
  }

  /** Abandons pending hooks, because the program ends; see `PendingHooks`. */
  giveUp(): void {
    this.pending.giveUp();
  }

  private async replay(flow: HttpFlow): Promise<HttpFlow> {
    const { replay } = this.options;
    if (!replay) throw new FlowNotLiveError('Nothing can be replayed here');
    const replayed = await replay(flow);
    this.unused.add(replayed);
    return replayed;
  }

  private enter(flow: Flow): void {
    if (flow.ruledOutBy === this.listeners) return;
    flow.services = this.services;
    // Bits of a previous set of addons are invalid.
    flow.ruledOutBy = this.listeners;
    flow.ruledOut = 0;
  }

  private call(
    list: Listener[],
    from: number,
    hook: HookName,
    argument: unknown,
    flow: Flow | undefined,
  ): undefined | Promise<void> {
    const phase = flow && PHASES[hook];
    for (let at = from; at < list.length; at++) {
      const { addon, call, bit } = list[at]!;
      try {
        if (addon.filter && phase) {
          const bodiless = addon.filter.needsBodies ? BODILESS_PHASES[phase] : undefined;
          const verdict = verdictOf(addon.filter, bit, flow, bodiless ?? phase);
          if (verdict === 'no') continue;
          if (bodiless) return this.callWithBodies(list, at, hook, argument, flow, phase);
          if (verdict === 'later') continue;
        }
        const pending = call(argument as never);
        if (flow) this.called(addon, hook, flow);
        if (pending) return this.finish(pending, list, at, hook, argument, flow);
      } catch (error) {
        this.report(error, addon, hook, flow);
        if (flow) this.called(addon, hook, flow);
      }
    }
    return undefined;
  }

  /** Invalidates cached verdicts after an addon that may have changed the flow. */
  private called(addon: Addon, hook: HookName, flow: Flow): void {
    if (addon.observes) return;
    flow.ruledOut = 0;
    if (flow.type !== 'http') return;
    const { request, response } = flow;
    if (request.body.transforms) this.own(request.body.transforms, addon, hook);
    if (response?.body.transforms) this.own(response.body.transforms, addon, hook);
  }

  private own(transforms: readonly BodyTransform[], addon: Addon, hook: HookName): void {
    for (const transform of transforms) {
      if (!this.owners.has(transform)) this.owners.set(transform, { addon, hook });
    }
  }

  /** Awaits an asynchronous hook and continues with the next addon. */
  private async finish(
    pending: Promise<void>,
    list: Listener[],
    at: number,
    hook: HookName,
    argument: unknown,
    flow: Flow | undefined,
  ): Promise<void> {
    const { addon } = list[at]!;
    try {
      await this.pending.wait(pending, addon, hook);
    } catch (error) {
      this.report(error, addon, hook, flow);
    }
    if (flow) this.called(addon, hook, flow);
    await this.call(list, at + 1, hook, argument, flow);
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
      if (pending) await this.pending.wait(pending, addon, hook);
      if (verdict === 'yes') this.called(addon, hook, flow);
    } catch (error) {
      this.report(error, addon, hook, flow);
      this.called(addon, hook, flow);
    }
    await this.call(list, at + 1, hook, argument, flow);
  }

  private report(error: unknown, addon: Addon, hook: HookName, flow: Flow | undefined): void {
    this.options.onError(error, { addon, hook, flow });
  }
}

function flowOf(argument: unknown): Flow | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  if ('flow' in argument) return argument.flow as Flow;
  return 'timestampCreated' in argument ? (argument as Flow) : undefined;
}

/** Covers plain objects and class instances: methods of a prototype are not own properties. */
function hookNames(addon: Addon): HookName[] {
  return HOOK_NAMES.filter((name) => typeof addon[name] === 'function');
}
