import { setTimeout as delay } from 'node:timers/promises';
import type { LiveFlows } from '../../addons/live-flows.js';
import type { ScriptHost } from '../../addons/scripts/script-host.js';
import type { Dispatcher } from '../../flow/hooks/dispatcher.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { Reports } from '../checks/reports.js';
import { FORCE_GRACE, type Shutdown } from '../process/shutdown.js';
import type { FlowSender } from '../workers/flow-sender.js';
import type { Outputs } from '../write/outputs.js';

/** The parts of a session that are ended. */
export interface EndedParts {
  readonly shutdown: Shutdown;
  readonly hooks: Dispatcher;
  readonly scripts: ScriptHost | undefined;
  readonly outputs: Outputs;
  readonly flowSender: FlowSender | undefined;
  readonly journals: readonly LiveFlows[];
  readonly reports: Reports;
  readonly display: Terminal;
  readonly stderr: Terminal;
  /** Adds the results of checks to the reports. Called only if flows can have been processed. */
  readonly conclude: () => void;
  /** See `SessionParts`. */
  readonly finish: ((reports: Reports) => Promise<void>) | undefined;
}

/** The end of a session: addons, outputs, journals and reports, in this order. */
export class SessionEnd {
  /** Whether flows can have been processed; if not, no results are reported. */
  opened = false;
  /** Resolves after the `done` hook, with the time of its end. */
  private done: Promise<number> | undefined;

  constructor(private readonly parts: EndedParts) {
    const { shutdown, hooks } = parts;
    void shutdown.forced.then(() => hooks.giveUp());
    void shutdown.afterForce(FORCE_GRACE).then(() => this.abandon());
  }

  /** Resolves when the system has accepted all output. */
  async close(): Promise<void> {
    try {
      await this.closeAll();
    } finally {
      this.parts.scripts?.ended();
    }
  }

  private async closeAll(): Promise<void> {
    const { scripts, hooks, outputs, flowSender, journals, display, stderr } = this.parts;
    scripts?.stop();
    // Node.js ends when nothing is left to wait for, even if a `done` hook has not settled: then the outputs would not be closed.
    const giveUp = (): void => hooks.giveUp();
    process.once('beforeExit', giveUp);
    this.done = hooks.end().then(() => performance.now());
    await this.done;
    process.off('beforeExit', giveUp);
    scripts?.summary();
    await outputs.close();
    await flowSender?.close();
    // Journals are removed last: they are needed after a crash until the capture is closed.
    for (const journal of journals) await journal.close();
    await this.report();
    // A display that fails at the end reports it on stderr.
    await display.out.flush();
    await stderr.out.flush();
  }

  private async report(): Promise<void> {
    const { display, stderr, reports, conclude, finish } = this.parts;
    if (this.opened) {
      // A report with the path `-` follows the lines on stdout.
      await display.out.flush();
      conclude();
    }
    await finish?.(reports);
    if (this.opened) await reports.write(stderr.out);
  }

  /** Stops waiting for readers that take no data, after the end was forced. */
  private async abandon(): Promise<void> {
    const { outputs, display, stderr } = this.parts;
    // Readers of the outputs get their full time, however long the addons take.
    if (this.done) await delay((await this.done) + FORCE_GRACE - performance.now());
    for (const output of outputs.all) output.abandon();
    if (display !== stderr) display.out.abandon();
    // Leaves time for the log to report lost output.
    await delay(FORCE_GRACE);
    stderr.out.abandon();
  }
}
