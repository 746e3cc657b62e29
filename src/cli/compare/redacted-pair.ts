import type { Carried } from '../../compare/equality.js';
import type { HttpFlow } from '../../flow/flow.js';
import { plural } from '../../flow/text/plural.js';
import {
  isPlaceholder,
  matchesPlaceholders,
  type RedactedFlow,
  type Redactor,
  redactFlow,
  redactHeads,
  redactionKey,
} from '../../redact/index.js';

type Pending = undefined | Promise<void>;

/**
 * Redacts two flows before they are compared, because differences show values. The same secret has the same placeholder on both
 * sides, also in a capture that was redacted with the same key.
 * @param redactor undefined if nothing is redacted
 * @returns a promise only if a body has to be read
 */
export function redactedPair(
  redactor: Redactor | undefined,
  recorded: HttpFlow,
  replayed: HttpFlow,
  compare: (recorded: HttpFlow, replayed: HttpFlow) => Pending,
): Pending {
  if (!redactor) return compare(recorded, replayed);
  const pair = [redactFlow(redactor, recorded), redactFlow(redactor, replayed)] as const;
  if (pair.some((each) => each instanceof Promise)) return Promise.all(pair).then(use);
  return use(pair as readonly [RedactedFlow, RedactedFlow]);

  function use([was, now]: readonly [RedactedFlow, RedactedFlow]): Pending {
    const release = (): void => {
      was.release();
      now.release();
    };
    const result = compare(was.flow as HttpFlow, now.flow as HttpFlow);
    if (result) return result.finally(release);
    release();
    return undefined;
  }
}

/** Redacts the head of a flow whose content is not shown. */
export function withoutContents(redactor: Redactor | undefined, flow: HttpFlow): HttpFlow {
  return redactor ? (redactHeads(redactor, flow) as HttpFlow) : flow;
}

/** Treats two placeholders as equal: a secret that was carried over has another value, and so another placeholder. */
function redactedCarried(carried: Carried): Carried {
  return (value, replayed) => {
    const isSecret = replayed !== undefined && isPlaceholder(value) && isPlaceholder(replayed);
    return isSecret ? replayed : carried(value, replayed);
  };
}

/**
 * Finds pairs of flows whose placeholders cannot be compared, because only one flow is redacted, or each with another key. In
 * these, a placeholder matches any value.
 */
export class RedactionKeys {
  private readonly apart = new WeakSet<HttpFlow>();
  private differing = 0;

  constructor(private readonly isRedacting: boolean) {}

  /** @param recorded the redacted form of a flow, if flows are redacted @param replayed likewise */
  check(recorded: HttpFlow, replayed: HttpFlow): void {
    const key = redactionKey(recorded);
    const other = redactionKey(replayed);
    if (key === other || (this.isRedacting && (key === undefined || other === undefined))) return;
    this.apart.add(recorded);
    this.differing++;
  }

  /** Adapts the values carried over by a session to redacted flows. */
  carriedFor(recorded: HttpFlow, carried: ((recorded: HttpFlow) => Carried) | undefined): Carried | undefined {
    const values = carried?.(recorded);
    const own = this.isRedacting && values ? redactedCarried(values) : values;
    if (!this.apart.has(recorded)) return own;
    return (value, replayed) => {
      const matches =
        replayed !== undefined && (matchesPlaceholders(value, replayed) || matchesPlaceholders(replayed, value));
      return matches ? replayed : own?.(value, replayed);
    };
  }

  /** A warning about the pairs that were found; undefined if there are none. */
  get warning(): string | undefined {
    if (this.differing === 0) return undefined;
    return `In ${plural(this.differing, 'pair')} of flows, the redaction differs: anything matches the redacted values. Set the key of the capture (redact_key) and add --redact to compare them.`;
  }
}
