import type { HttpFlow } from '../../flow/flow.js';
import { handServerText, serverTexts } from './handed/server-messages.js';
import { collecting, finding, type Renewal, renew, type Wanted } from './renewal.js';
import type { SessionPlaces } from './session-places.js';

/** The values of one server message that requests use. */
interface AwaitedMessage {
  /** The time at which it was recorded. */
  readonly time: number;
  readonly wanted: readonly Wanted[];
}

/** WebSocket conversations in progress, with the values that their recorded server messages hand out. */
export class Conversations {
  private readonly awaited = new Map<string, ReadonlyMap<number, AwaitedMessage>>();

  constructor(private readonly places: SessionPlaces) {}

  /**
   * Adds a conversation that begins.
   * @param numbers of the messages that hand out values, from 1
   * @param isWanted whether a value of a message of this time is needed under a key
   */
  async begin(
    recorded: HttpFlow,
    numbers: ReadonlySet<number>,
    isWanted: (key: string, value: string, time: number) => boolean,
  ): Promise<void> {
    const { names, limit, rules } = this.places;
    const found = new Map<number, AwaitedMessage>();
    let left = numbers.size;
    for await (const message of serverTexts(recorded, limit)) {
      if (!numbers.has(message.number)) continue;
      const wanted: Wanted[] = [];
      const { timestamp: time } = message;
      handServerText(
        message,
        recorded.request.path,
        rules,
        collecting(names, wanted, (key, value) => isWanted(key, value, time)),
      );
      if (wanted.length > 0) found.set(message.number, { time, wanted });
      if (--left === 0) break;
    }
    if (found.size > 0) this.awaited.set(recorded.id, found);
  }

  /** Returns the values of a new message in the place of the recorded one with this number; undefined if none is needed. */
  renewals(recorded: HttpFlow, number: number, content: Buffer): { time: number; renewals: Renewal[] } | undefined {
    const message = this.awaited.get(recorded.id)?.get(number);
    if (!message) return undefined;
    const { time, wanted } = message;
    const found = new Map<string, string>();
    const { names, rules } = this.places;
    handServerText({ number, content }, recorded.request.path, rules, finding(names, wanted, found));
    return { time, renewals: renew(wanted, found) };
  }

  end(recorded: HttpFlow): void {
    this.awaited.delete(recorded.id);
  }

  clear(): void {
    this.awaited.clear();
  }
}
