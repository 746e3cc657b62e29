import { HttpFlow } from '../../../flow/flow.js';
import {
  type CheckedProperty,
  describeValue,
  OF_ANSWERED,
  OF_CONNECTED,
  OF_CONTENT,
  OF_FLOW,
  OF_MESSAGE,
  OF_REQUESTED,
  OF_SERVER,
  OF_TLS,
} from './checked-properties.js';

/** A hook has set a property to a value of another type. */
class HookTypeError extends TypeError {
  constructor(message: string) {
    super(message);
    // Our stack trace does not lead to the hook.
    this.stack = this.message;
  }
}

/**
 * What the argument of a hook consists of before the hook of a script is called. Nothing checks the types of scripts, and a wrong
 * value would fail later, in code that connects, sends or saves.
 */
export class HookGuard {
  private readonly objects: Guarded[] = [];
  private readonly mistakes: string[] = [];

  /** @param ofRequest whether it is a hook of a request */
  constructor(argument: unknown, ofRequest: boolean) {
    if (typeof argument !== 'object' || argument === null) return;
    const { flow = argument, message, server } = argument as { flow?: object; message?: object; server?: object };
    // The messages come before the flow: a response of which a part is restored is valid.
    if (message) this.add(message, 'message', OF_CONTENT);
    if (flow instanceof HttpFlow) {
      this.add(flow.request, 'request', OF_MESSAGE);
      if (flow.response) this.add(flow.response, 'response', OF_MESSAGE);
      // Those of a capture are only data.
      if (ofRequest && !flow.source) this.add(flow.server, 'server', OF_CONNECTED);
      this.add(flow, 'flow', ofRequest ? OF_REQUESTED : OF_ANSWERED);
    } else if ('metadata' in flow) this.add(flow, 'flow', OF_FLOW);
    else {
      this.add(argument, 'data', OF_TLS);
      if (server) this.add(server, 'server', OF_SERVER);
    }
  }

  /** Restores what cannot be used. */
  restore(): void {
    for (const object of this.objects) this.mistakes.push(...object.restore());
  }

  /** Restores what cannot be used. @throws TypeError if anything could not, also earlier */
  check(): void {
    this.restore();
    if (this.mistakes.length > 0) throw new HookTypeError(this.mistakes.join('; '));
  }

  private add(object: object, name: string, properties: readonly CheckedProperty[]): void {
    this.objects.push(new Guarded(object as Record<string, unknown>, name, properties));
  }
}

class Guarded {
  private readonly before: unknown[];

  constructor(
    private readonly object: Record<string, unknown>,
    private readonly name: string,
    private readonly properties: readonly CheckedProperty[],
  ) {
    this.before = properties.map(({ key }) => object[key]);
  }

  /** @returns what was wrong */
  restore(): string[] {
    const mistakes: string[] = [];
    const { object, before } = this;
    for (let index = 0; index < before.length; index++) {
      const { key, expected, isValid } = this.properties[index]!;
      const value = object[key];
      if (value === before[index] || isValid(value)) continue;
      object[key] = before[index];
      mistakes.push(`${this.name}.${key} has to be ${expected}, and was set to ${describeValue(value)}`);
    }
    return mistakes;
  }
}
