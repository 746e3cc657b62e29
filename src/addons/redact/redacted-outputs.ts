import { type FlowFilter, loadBodies, unloadBodies, type Verdict } from '../../flow/filter.js';
import type { Flow, HttpFlow, TcpFlow, UdpFlow } from '../../flow/flow.js';
import { type Addon, HOOK_NAMES, type HookName, type HookTable, type ServerSentEvent } from '../../flow/hooks/hooks.js';
import { LiveMessage } from '../../flow/message-log/live-message.js';
import { type RedactedFlow, type Redactor, redactFlow, redactMessage } from '../../redact/index.js';

type Pending = undefined | Promise<void>;

export interface RedactedOutputsOptions {
  redactor: Redactor;
  /** Maximum number of decoded bytes of a body that filters search. */
  bodySearchLimit: number;
  /** Called when a body exceeds this limit. */
  onSearchLimit: () => void;
  /** Receives the error of an output. The remaining outputs are still called. */
  onError: (error: unknown, where: { addon: Addon; hook: HookName; flow: Flow | undefined }) => void;
}

/** Hooks in which outputs show parts of a flow. */
const SHOWING = [
  'websocketStart',
  'websocketMessage',
  'serverSentEvent',
  'tcpMessage',
  'udpMessage',
  'flowEnd',
] as const;
type ShowingHook = (typeof SHOWING)[number];

/**
 * Splits the hooks of outputs. Hooks that show flows are called by a single `RedactedOutputs` addon. Other hooks get the
 * original flows. In these, an output must print no secrets, or use the log, which is redacted.
 */
export function redactOutputs(outputs: readonly Addon[], options: RedactedOutputsOptions): Addon[] {
  const shown = new RedactedOutputs(outputs, options);
  const other = HOOK_NAMES.filter((hook) => !(SHOWING as readonly string[]).includes(hook));
  const rest = outputs.flatMap((output) => {
    const hooks = other.flatMap((hook) => (output[hook] ? [[hook, output[hook].bind(output)]] : []));
    if (hooks.length === 0) return [];
    const { name, filter } = output;
    return [
      {
        ...(name ? { name } : {}),
        ...(filter ? { filter } : {}),
        observes: true as const,
        ...Object.fromEntries(hooks),
      },
    ];
  });
  return [...rest.filter(({ done }) => !done), shown, ...rest.filter(({ done }) => done)];
}

/**
 * Calls outputs with the redacted forms of flows. Outputs are addons that save, print, count or check flows. Their filters are
 * applied to the original flows. All outputs get the same object for a flow, from the first message to the end.
 */
class RedactedOutputs implements Addon {
  readonly name = 'redaction';
  readonly observes = true;
  readonly observesBodies: boolean;
  readonly filter?: FlowFilter;
  /** The redacted forms of flows of which an output has received a part before their end. */
  private readonly views = new WeakMap<Flow, Promise<RedactedFlow>>();

  readonly websocketStart?: (flow: HttpFlow) => Promise<void>;
  readonly websocketMessage?: (data: HookTable['websocketMessage']) => Promise<void>;
  readonly serverSentEvent?: (data: HookTable['serverSentEvent']) => Promise<void>;

  constructor(
    private readonly outputs: readonly Addon[],
    private readonly options: RedactedOutputsOptions,
  ) {
    this.observesBodies = outputs.some(({ observesBodies }) => observesBodies);
    const filter = anyOf(outputs.map((output) => output.filter));
    if (filter) this.filter = filter;
    if (this.has('websocketStart'))
      this.websocketStart = (flow) => this.partial('websocketStart', flow, (view) => view);
    if (this.has('websocketMessage')) {
      this.websocketMessage = ({ flow, message }) =>
        this.partial('websocketMessage', flow, (view) => ({ flow: view, message: this.message(message) }));
    }
    if (this.has('serverSentEvent')) {
      this.serverSentEvent = ({ flow, event }) =>
        this.partial('serverSentEvent', flow, (view) => ({ flow: view, event: this.event(event) }));
    }
  }

  flowEnd(flow: Flow): Pending {
    const { outputs } = this;
    if (outputs.some(({ filter }) => filter?.needsBodies)) return this.endWithBodies(flow);
    const wanting = outputs.filter(
      ({ flowEnd, filter }) => flowEnd && (filter?.evaluate(flow, 'end') ?? 'yes') === 'yes',
    );
    return wanting.length === 0 ? undefined : this.end(flow, wanting);
  }

  private has(hook: ShowingHook): boolean {
    return this.outputs.some((output) => output[hook] !== undefined);
  }

  private async endWithBodies(flow: Flow): Promise<void> {
    const { bodySearchLimit, onSearchLimit } = this.options;
    if (await loadBodies(flow, bodySearchLimit)) onSearchLimit();
    const wanting = this.outputs.filter(
      ({ flowEnd, filter }) => flowEnd && (filter?.evaluate(flow, 'end') ?? 'yes') === 'yes',
    );
    unloadBodies(flow);
    if (wanting.length > 0) await this.end(flow, wanting);
  }

  private end(flow: Flow, wanting: readonly Addon[]): Pending {
    const contents = wanting.some(({ observesBodies }) => observesBodies);
    const redacted = redactFlow(this.options.redactor, flow, { contents, ended: true });
    if (redacted instanceof Promise) return redacted.then((done) => this.endRedacted(flow, done, wanting));
    return this.endRedacted(flow, redacted, wanting);
  }

  private endRedacted(flow: Flow, redacted: RedactedFlow, wanting: readonly Addon[]): Pending {
    const earlier = this.views.get(flow);
    if (earlier || ((flow.type === 'tcp' || flow.type === 'udp') && this.has(`${flow.type}Message`))) {
      return this.endSeen(flow, redacted, wanting, earlier);
    }
    const pending = this.callAll('flowEnd', flow, wanting, redacted.flow);
    if (pending) return pending.finally(() => redacted.release());
    redacted.release();
    return undefined;
  }

  private async endSeen(
    flow: Flow,
    redacted: RedactedFlow,
    wanting: readonly Addon[],
    earlier: Promise<RedactedFlow> | undefined,
  ): Promise<void> {
    const view = (await earlier)?.flow;
    // Outputs identify the flow by the object that they have already received.
    if (view) Object.assign(view, redacted.flow);
    const known = view ?? redacted.flow;
    try {
      // A secret may extend over several messages, so the messages are passed on after the last one.
      if (known.type === 'tcp' || known.type === 'udp') await this.replayMessages(flow, known, wanting);
      await this.callAll('flowEnd', flow, wanting, known);
    } finally {
      redacted.release();
      (await earlier)?.release();
      this.views.delete(flow);
    }
  }

  private async replayMessages(original: Flow, flow: TcpFlow | UdpFlow, wanting: readonly Addon[]): Promise<void> {
    const hook = flow.type === 'tcp' ? 'tcpMessage' : 'udpMessage';
    const listening = wanting.filter((output) => output[hook]);
    if (listening.length === 0) return;
    for await (const message of flow.messages) {
      const data = { flow: flow as TcpFlow & UdpFlow, message: LiveMessage.of(message) };
      await this.callAll(hook, original, listening, data);
    }
  }

  /** Calls a hook before the end of the flow, with its current data. */
  private async partial<Argument>(
    hook: ShowingHook,
    flow: HttpFlow,
    argument: (view: HttpFlow) => Argument,
  ): Promise<void> {
    const wanting = this.outputs.filter(
      (output) => output[hook] && (output.filter?.evaluate(flow, 'responseHeaders') ?? 'yes') === 'yes',
    );
    if (wanting.length === 0) return;
    let view = this.views.get(flow);
    if (!view) {
      const contents = wanting.some(({ observesBodies }) => observesBodies);
      view = Promise.resolve(redactFlow(this.options.redactor, flow, { contents, ended: false }));
      this.views.set(flow, view);
    }
    const data = argument((await view).flow as HttpFlow);
    await this.callAll(hook, flow, wanting, data);
  }

  /** Calls a hook of each output in turn. @returns a promise only if an output is asynchronous */
  private callAll(hook: ShowingHook, flow: Flow, outputs: readonly Addon[], data: unknown, from = 0): Pending {
    for (let at = from; at < outputs.length; at++) {
      const addon = outputs[at]!;
      try {
        const pending = (addon[hook] as (data: unknown) => void | Promise<void>).call(addon, data);
        if (pending) {
          return pending
            .catch((error: unknown) => this.options.onError(error, { addon, hook, flow }))
            .then(() => this.callAll(hook, flow, outputs, data, at + 1));
        }
      } catch (error) {
        this.options.onError(error, { addon, hook, flow });
      }
    }
    return undefined;
  }

  private message(message: LiveMessage): LiveMessage {
    const content = redactMessage(this.options.redactor, message.content, () => {});
    return content ? LiveMessage.of({ ...LiveMessage.of(message), content }) : message;
  }

  private event(event: ServerSentEvent): ServerSentEvent {
    const content = redactMessage(this.options.redactor, event.content, () => {});
    return content ? { ...event, content } : event;
  }
}

/** A filter that accepts the flows of all outputs, without bodies; undefined if an output has no filter. */
function anyOf(filters: readonly (FlowFilter | undefined)[]): FlowFilter | undefined {
  if (filters.length === 0 || filters.includes(undefined)) return undefined;
  const all = filters as readonly FlowFilter[];
  return {
    text: all.map(({ text }) => `(${text})`).join(' | '),
    needsBodies: false,
    evaluate: (flow, phase) => {
      let result: Verdict = 'no';
      for (const { needsBodies, evaluate } of all) {
        // The conditions on bodies are evaluated later, when bodies are loaded.
        const isEarly = needsBodies && phase === 'end';
        let verdict = evaluate(flow, isEarly ? 'responseHeaders' : phase);
        if (isEarly && verdict === 'later') verdict = 'yes';
        if (verdict === 'yes') return 'yes';
        if (verdict === 'later') result = 'later';
      }
      return result;
    },
  };
}
