import type { Carried } from '../../compare/equality.js';
import type { HttpFlow } from '../../flow/flow.js';
import { isPlaceholder, type RedactedFlow, type Redactor, redactFlow, redactHeads } from '../../redact/index.js';

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
export function redactedCarried(carried: Carried): Carried {
  return (value, replayed) => {
    const isSecret = replayed !== undefined && isPlaceholder(value) && isPlaceholder(replayed);
    return isSecret ? replayed : carried(value, replayed);
  };
}
