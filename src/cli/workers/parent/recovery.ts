import { rm } from 'node:fs/promises';
import type { Flow } from '../../../flow/flow.js';
import { systemErrorText } from '../../../flow/system-error.js';
import { workerJournal } from '../../../serialize/native/journal/live-path.js';
import { JournalFlows } from '../../../serialize/native/journal/live-reader.js';
import type { Session } from '../../session/session.js';
import { YOUNG } from '../label.js';
import type { FlowDelivery } from './flow-delivery.js';

/** Milliseconds after which an acknowledged flow is no longer in a worker's journal. */
const REMEMBERED = 10_000;

/** The ids of received flows that may still be in the worker's journal. */
export class RecentFlows {
  /** Flows that the outputs have yet to write: the worker keeps them. */
  private readonly unwritten = new Set<string>();
  private older = new Set<string>();
  private newer = new Set<string>();
  private turned = performance.now();

  /** Adds a flow, unless it was too short to get into a journal. */
  add({ id, timestampCreated }: Flow): void {
    // A flow from before a change of the system's clock may be old.
    if (Math.abs(Date.now() / 1000 - timestampCreated) >= YOUNG) this.addId(id);
  }

  addId(id: string): void {
    this.unwritten.add(id);
  }

  /** The ids of flows that are not acknowledged. */
  get unacknowledged(): readonly string[] {
    return [...this.unwritten];
  }

  /** Notes that the worker knows of these flows that they are written. */
  acknowledge(ids: readonly string[]): void {
    const now = performance.now();
    if (now - this.turned > REMEMBERED) {
      this.older = this.newer;
      this.newer = new Set();
      this.turned = now;
    }
    for (const id of ids) {
      this.unwritten.delete(id);
      this.newer.add(id);
    }
  }

  *ids(): Generator<string> {
    yield* this.unwritten;
    yield* this.older;
    yield* this.newer;
  }
}

/**
 * Delivers the flows in progress of a killed worker, read from its journal, and removes the journal.
 * @returns the number of flows
 */
export async function recoverFlows(
  { captures, log, spool }: Pick<Session, 'captures' | 'log' | 'spool'>,
  delivery: FlowDelivery,
  worker: number,
  recent: RecentFlows,
): Promise<number> {
  let count = 0;
  const journals = captures.flatMap(({ file }) => (file ? workerJournal(file.path(), worker) : []));
  try {
    const [first] = journals;
    const left = first === undefined ? undefined : await JournalFlows.read(first, spool);
    if (left) {
      for (const id of recent.ids()) left.delete(id);
      for await (const flow of left.take()) {
        await delivery.deliverRecovered(flow);
        count++;
      }
      // The capture must contain the flows before the journal is removed.
      await Promise.all(captures.map(({ writer }) => writer.flushed()));
    }
    for (const journal of journals) await rm(journal, { force: true });
  } catch (error) {
    const { path } = error as NodeJS.ErrnoException;
    const text = systemErrorText(error);
    const reason = path === undefined || text.includes(path) ? text : `${path}: ${text}`;
    log.error(`The flows in progress of worker ${worker} could not be saved: ${reason}`);
  }
  return count;
}
