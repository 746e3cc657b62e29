/** A hook exceeded its time limit; the flow continued without it. */
export class HookTimeoutError extends Error {
  override name = 'HookTimeoutError';
  constructor(seconds: number) {
    super(`it took longer than script_timeout, ${seconds} s, and is not waited for`);
    // Our stack trace does not lead to the hook.
    this.stack = this.message;
  }
}

type AnyHook = (argument: never) => unknown;

/**
 * Wraps a hook of a script for the dispatcher: only a returned promise is awaited, other return values are ignored.
 * @param seconds time limit of a promise; 0 for no limit
 */
export function guardHook(
  hook: AnyHook,
  target: object | undefined,
  seconds: number,
): (argument: never) => undefined | Promise<void> {
  return (argument) => {
    const result = hook.call(target, argument);
    if (!isThenable(result)) return undefined;
    return seconds > 0 ? limit(result, seconds) : Promise.resolve(result);
  };
}

function isThenable(value: unknown): value is PromiseLike<void> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<void>).then === 'function';
}

/** A late promise may still reject; that rejection is ignored. */
async function limit(promise: PromiseLike<void>, seconds: number): Promise<void> {
  let timer!: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HookTimeoutError(seconds)), seconds * 1000);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
