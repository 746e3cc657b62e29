import type { AppliedRules, NamedKind } from './rules/applied-rules.js';

/**
 * Returns the new value of a recorded one, which the session of a replay has carried over.
 * @param replayed the received value: it decides if the recorded value has several new values
 */
export type Carried = (recordedValue: string, replayed?: string) => string | undefined;

/** Names of one server in a recorded and in a replayed flow, such as `api.example.com` and `localhost:8080`. */
export interface ServerNames {
  readonly recorded: string;
  readonly replayed: string;
}

const WORDS = /[\w.~+-]+/g;

/** Decides whether values of two flows are equal: literally, through values that were carried over, or by rules. */
export class Equality {
  /** The servers' names, determined when the first text differs. */
  private names: { found: ServerNames | undefined } | undefined;

  /**
   * @param rules the rules for the flow
   * @param carried the values of the session
   * @param findNames returns the servers' names if they differ: a server that names itself is not a difference
   */
  constructor(
    readonly rules: AppliedRules,
    private readonly carried: Carried | undefined,
    private readonly findNames: () => ServerNames | undefined,
  ) {}

  /** Whether two texts are equal. */
  texts(recorded: string, replayed: string): boolean {
    if (recorded === replayed) return true;
    const expected = this.expected(recorded, replayed);
    return expected === replayed || this.rules.acceptsText(expected, replayed);
  }

  /** Whether two values of a header, cookie or parameter are equal. */
  named(kind: NamedKind, name: string, recorded: string, replayed: string): boolean {
    if (recorded === replayed) return true;
    const expected = this.expected(recorded, replayed);
    return expected === replayed || this.rules.accepts(kind, name, expected, replayed);
  }

  /** Whether two different scalars of JSON are equal. */
  scalars(recorded: unknown, replayed: unknown): boolean {
    if (typeof recorded === 'string' && typeof replayed === 'string') {
      const expected = this.expected(recorded, replayed);
      return expected === replayed || this.rules.acceptsValue(expected, replayed);
    }
    const isCarried =
      typeof recorded === 'number' && this.carried?.(String(recorded), String(replayed)) === String(replayed);
    return isCarried || this.rules.acceptsValue(recorded, replayed);
  }

  /** The expected text for a recorded one: carried values and the name of the server are replaced. */
  expected(recorded: string, replayed: string): string {
    const { carried } = this;
    this.names ??= { found: this.findNames() };
    const names = this.names.found;
    let text = recorded;
    if (names && text.includes(names.recorded) && replayed.includes(names.replayed)) {
      text = text.replaceAll(names.recorded, names.replayed);
    }
    if (!carried || text === replayed) return text;
    const whole = carried(text, replayed);
    if (whole !== undefined) return whole;
    const words = replayed.match(WORDS);
    let index = 0;
    return text.replace(WORDS, (word) => carried(word, words?.[index++]) ?? word);
  }
}
