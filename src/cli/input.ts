import { fireHooks } from '../addons/fire-hooks.js';
import type { Dispatcher } from '../flow/dispatcher.js';
import { type FlowFilter, loadBodies, unloadBodies } from '../flow/filter.js';
import { type Flow, releaseFlow } from '../flow/flow.js';
import type { HookName } from '../flow/hooks.js';
import { DamageError, type ReadOptions, readFlows } from '../serialize/reader.js';
import { ExitCode } from './exit-codes.js';
import type { Session } from './session.js';
import { systemErrorText } from './system-error.js';

/**
 * Reads the flows of a capture and calls the hooks of those that the filter lets pass, one flow at a time, until the
 * input or the program ends. What cannot be read is logged and shows in the exit code.
 * @param path `-` is stdin
 * @param filter `readfile_filter`
 */
export async function readInput(session: Session, path: string, filter: FlowFilter | undefined): Promise<void> {
  const { ending, log, options, spool } = session;
  const name = path === '-' ? 'stdin' : path;
  const damaged = (message: string): void => {
    log.error(message);
    ending.note(ExitCode.input);
  };
  const taker = new FlowTaker(session, filter, damaged);
  const input = path === '-' ? { stream: process.stdin, name } : { path };
  const readOptions: ReadOptions = {
    policy: spool,
    strict: options.strict,
    wantsBodies: (flow) => wantsBodies(session.hooks, filter, flow),
    onDamage: ({ message }) => damaged(message),
  };
  const reading = readFlows(input, readOptions, taker.take).then(
    ({ unknown, recovered, incomplete }) => {
      if (incomplete) log.warn(`${name}: ${incomplete} flows were still going on when the recording broke off.`);
      if (unknown > 0) log.warn(`${name}: skipped ${unknown} records that this version of tsdump does not know.`);
      if (recovered > 0) log.warn(`${name}: ${recovered} flows stood behind damage and may be the content of a body.`);
    },
    (error: NodeJS.ErrnoException) => {
      // Once the program is to end, the input is closed at any place.
      if (error instanceof StoppedError || ending.isAsked) return;
      damaged(error instanceof DamageError ? error.message : `Cannot read ${name}: ${systemErrorText(error)}`);
    },
  );
  // A pipe may be silent for ever; nobody waits for it once the program is to end.
  await Promise.race([reading, ending.asked]);
  await Promise.race([taker.current, ending.hurried]);
  if (ending.isAsked && path === '-') process.stdin.destroy();
}

/** Ends the reading of flows from within. */
class StoppedError extends Error {}

/** Takes one flow after the other. */
class FlowTaker {
  /** The flow at hand, if it takes time. */
  current: undefined | Promise<void>;
  private readonly changed: boolean;

  constructor(
    private readonly session: Session,
    private readonly filter: FlowFilter | undefined,
    private readonly damaged: (message: string) => void,
  ) {
    this.changed = session.hooks.changesFlows;
  }

  /** @throws StoppedError if the program is to end */
  readonly take = (flow: Flow): void | Promise<void> => {
    if (this.session.ending.isAsked) throw new StoppedError();
    const { filter } = this;
    // Often the head is enough for a no, and the bodies need not be read.
    const phase = filter?.needsBodies ? 'responseHeaders' : 'end';
    if (filter?.evaluate(flow, phase) === 'no') return releaseFlow(flow);
    if (filter?.needsBodies) this.current = this.filterBodies(flow, filter);
    else this.current = this.fire(flow);
    return this.current;
  };

  private fire(flow: Flow): undefined | Promise<void> {
    if (!this.changed && flow.source) flow.source.untouched = true;
    const pending = fireHooks(this.session.hooks, flow, this.session.spool);
    if (pending) return pending.finally(() => releaseFlow(flow));
    releaseFlow(flow);
    return undefined;
  }

  private async filterBodies(flow: Flow, filter: FlowFilter): Promise<void> {
    try {
      if (await loadBodies(flow, this.session.options.bodySearchLimit)) this.session.onSearchLimit();
    } catch (error) {
      this.damaged(`A body of flow ${flow.id} cannot be read: ${(error as Error).message}`);
    }
    const verdict = filter.evaluate(flow, 'end');
    unloadBodies(flow);
    if (verdict === 'yes') await this.fire(flow);
    else releaseFlow(flow);
  }
}

/** Whether somebody will read the bodies or messages of a flow, as far as its head tells. */
function wantsBodies(hooks: Dispatcher, filter: FlowFilter | undefined, flow: Flow): boolean {
  if (filter?.evaluate(flow, 'responseHeaders') === 'no') return false;
  if (filter?.needsBodies || hooks.keepsBodies(flow, 'responseHeaders')) return true;
  if (flow.type === 'http' && flow.messages && hooks.listens('websocketMessage')) return true;
  return CONTENT_HOOKS[flow.type].some((hook) => hooks.listens(hook));
}

const CONTENT_HOOKS: Readonly<Record<Flow['type'], readonly HookName[]>> = {
  http: ['request', 'response'],
  tcp: ['tcpMessage'],
  udp: ['udpMessage'],
  dns: [],
};
