import type { ErrorCode } from '../../flow/error-codes.js';
import type { Flow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { plural } from '../../flow/text/plural.js';
import { copyText } from '../../flow/text/unread-text.js';

/** Maximum number of different failures to name. */
const MAX_FAILURES = 10;

/** Failures of servers in place of a response. Those of TLS are logged when they happen. */
const OF_SERVER: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid-response',
  'truncated',
  'upstream-failed',
  'upstream-proxy-refused',
  'upstream-timeout',
]);

/** Counts what comes from a command, to warn if nothing is recorded, or if servers did not respond. */
export class CommandTraffic implements Addon {
  readonly name = 'command traffic';
  readonly observes = true;
  private connections = 0;
  private flows = 0;
  /** The number of requests that got no response of a server, by message. */
  private readonly failures = new Map<string, number>();
  private otherFailures = 0;

  /** @param passesThrough whether connections may be forwarded without being recorded */
  constructor(private readonly passesThrough: boolean) {}

  clientConnected(): void {
    this.connections++;
  }

  flowEnd(flow: Flow): void {
    this.flows++;
    if (flow.type === 'http' && !flow.response && flow.error && isOfServer(flow.error.code)) {
      this.addFailure(flow.error.message);
    }
  }

  private addFailure(message: string): void {
    const count = this.failures.get(message);
    if (count !== undefined) this.failures.set(message, count + 1);
    else if (this.failures.size < MAX_FAILURES) this.failures.set(copyText(message), 1);
    else this.otherFailures++;
  }

  /** What is suspicious at the end of the run. */
  get warnings(): string[] {
    const nothing = this.nothingRecorded;
    const failed = [...this.failures].map(([message, count]) => `${plural(count, 'request')} failed. ${message}`);
    const others = this.otherFailures > 0 ? [`${plural(this.otherFailures, 'other request')} failed.`] : [];
    return [...(nothing === undefined ? [] : [nothing]), ...failed, ...others];
  }

  private get nothingRecorded(): string | undefined {
    const { connections, flows } = this;
    if (flows > 0) return undefined;
    if (connections === 0) {
      return 'The command did not connect to the proxy. Some programs need more than its environment: see docs/command.md, Programs.';
    }
    if (this.passesThrough) return undefined;
    return `The command made ${plural(connections, 'connection')} to the proxy, but no request. It may not trust the certificate; -v shows more.`;
  }
}

/** Whether an error is a failure of the server or of the connection to it. */
function isOfServer(code: string | undefined): boolean {
  return code !== undefined && (OF_SERVER.has(code) || /^E[A-Z]/.test(code));
}
