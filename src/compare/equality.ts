import type { AppliedRules, NamedKind } from './rules/applied-rules.js';

/**
 * A value that a session carries over: the new value of a recorded one.
 * @param replayed what was received; if the recorded value stood for several things, their new values differ
 */
export type Carried = (recordedValue: string, replayed?: string) => string | undefined;

/** Names of one server in a recorded and in a replayed flow, such as `api.example.com` and `localhost:8080`. */
export interface ServerNames {
  readonly recorded: string;
  readonly replayed: string;
}

const WORDS = /[\w.~+-]+/g;

/** Decides whether values of two flows are equal: by themselves, by values that were carried over, or by rules. */
export class Equality {
  /** Found when a text differs, as most do not. */
  private names: { found: ServerNames | undefined } | undefined;

  /**
   * @param rules those that hold for the flow
   * @param carried values of the session
   * @param findNames the servers' names, if they differ: each side naming itself is no difference
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

  /** The text that is expected for a recorded one, with carried values and the name of the server replaced. */
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
