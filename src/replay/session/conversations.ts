import type { HttpFlow } from '../../flow/flow.js';
import { extractFromServerText, serverTexts } from './extract/server-messages.js';
import { collectWanted, findAtPlaces, type Renewal, renew, type Wanted } from './renewal.js';
import type { ValueSettings } from './value-settings.js';

/** The values of one server message that requests use. */
interface AwaitedMessage {
  /** The time at which it was recorded. */
  readonly time: number;
  readonly wanted: readonly Wanted[];
}

/** WebSocket conversations in progress, with the values that their recorded server messages issue. */
export class Conversations {
  private readonly awaited = new Map<string, ReadonlyMap<number, AwaitedMessage>>();

  constructor(private readonly settings: ValueSettings) {}

  /**
   * Adds a conversation that begins.
   * @param numbers of the messages that issue values, from 1
   * @param isWanted whether a value of a message of this time is needed under a key
   */
  async begin(
    recorded: HttpFlow,
    numbers: ReadonlySet<number>,
    isWanted: (key: string, value: string, time: number) => boolean,
  ): Promise<void> {
    const { names, limit, rules } = this.settings;
    const found = new Map<number, AwaitedMessage>();
    let left = numbers.size;
    for await (const message of serverTexts(recorded, limit)) {
      if (!numbers.has(message.number)) continue;
      const wanted: Wanted[] = [];
      const { timestamp: time } = message;
      extractFromServerText(
        message,
        recorded.request.path,
        rules,
        collectWanted(names, wanted, (key, value) => isWanted(key, value, time)),
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
    const { names, rules } = this.settings;
    extractFromServerText({ number, content }, recorded.request.path, rules, findAtPlaces(names, wanted, found));
    return { time, renewals: renew(wanted, found) };
  }

  end(recorded: HttpFlow): void {
    this.awaited.delete(recorded.id);
  }

  clear(): void {
    this.awaited.clear();
  }
}
