import type { Flow } from '../../src/flow/flow.js';
import { type Addon, HOOK_NAMES, type HookName } from '../../src/flow/hooks/hooks.js';

/** Records the hook calls of each flow, in order; those of messages with their content. */
export class HookNotes {
  private readonly seen = new Map<string, string[]>();

  /** @param onEnd called last for each flow */
  addon(onEnd: (flow: Flow) => void | Promise<void> = () => {}): Addon {
    const names = HOOK_NAMES.filter((name) => name !== 'authenticate' && name !== 'serverSentEvent');
    return Object.fromEntries(names.map((name) => [name, (argument: unknown) => this.note(name, argument, onEnd)]));
  }

  of({ id }: Flow): string {
    return this.hooks(id).join(' ');
  }

  /**
   * Violations of the guarantees of `docs/hooks.md` for an ended flow; empty if there are none.
   * @param failed whether tsdump gave it an error
   */
  broken(flow: Flow, failed = flow.error !== undefined): string {
    const hooks = this.hooks(flow.id);
    const isConnect = flow.type === 'http' && flow.request.method === 'CONNECT';
    const right = isConnect ? 'httpConnectError' : 'error';
    const wrong = isConnect ? 'error' : 'httpConnectError';
    const errors = failed && flow.metadata.ignored !== true ? 1 : 0;
    const faults = [
      [count(hooks, right) !== errors, `${right} was called ${count(hooks, right)} times in place of ${errors}`],
      [count(hooks, wrong) !== 0, `${wrong} was called`],
      [count(hooks, 'flowEnd') !== 1, `flowEnd was called ${count(hooks, 'flowEnd')} times`],
      [hooks.at(-1) !== 'flowEnd', `${hooks.at(-1)} was called last`],
      [errors === 1 && hooks.at(-2) !== right, `${hooks.at(-2)} was called between ${right} and flowEnd`],
      [
        count(hooks, 'tcpEnd') + count(hooks, 'udpEnd') > 0 && failed,
        'a failed connection had the hook of an orderly end',
      ],
    ] as const;
    return faults.flatMap(([found, text]) => (found ? [text] : [])).join('; ');
  }

  private hooks(id: string): string[] {
    return this.seen.get(id) ?? [];
  }

  private note(name: HookName, argument: unknown, onEnd: (flow: Flow) => void | Promise<void>): void | Promise<void> {
    const data = argument as Partial<Flow> & { flow?: Flow; message?: { content: Buffer } };
    const flow = data?.flow ?? (data?.timestampCreated === undefined ? undefined : (data as Flow));
    if (!flow) return undefined;
    const hooks = this.seen.get(flow.id) ?? [];
    this.seen.set(flow.id, hooks);
    hooks.push(data.message ? `${name}:${data.message.content.toString('hex')}` : name);
    return name === 'flowEnd' ? onEnd(flow) : undefined;
  }
}

function count(hooks: readonly string[], name: HookName): number {
  return hooks.filter((hook) => hook === name).length;
}
