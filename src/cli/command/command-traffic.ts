import type { Addon } from '../../flow/hooks/hooks.js';
import { plural } from '../../flow/text/plural.js';

/** Counts what comes from a command, to warn if nothing is recorded. */
export class CommandTraffic implements Addon {
  readonly name = 'command traffic';
  readonly observes = true;
  private connections = 0;
  private flows = 0;

  /** @param passesThrough whether connections may be forwarded without being recorded */
  constructor(private readonly passesThrough: boolean) {}

  clientConnected(): void {
    this.connections++;
  }

  flowEnd(): void {
    this.flows++;
  }

  /** What is suspicious at the end of the run. */
  get warning(): string | undefined {
    const { connections, flows } = this;
    if (flows > 0) return undefined;
    if (connections === 0) {
      return 'The command did not connect to the proxy. Some programs need more than its environment: see docs/command.md, Programs.';
    }
    if (this.passesThrough) return undefined;
    return `The command made ${plural(connections, 'connection')} to the proxy, but no request. It may not trust the certificate; -v shows more.`;
  }
}
