/** A hook that was not waited for any longer; the flow went on without it. */
export class HookTimeoutError extends Error {
  override name = 'HookTimeoutError';
  constructor(seconds: number) {
    super(`it took longer than script_timeout, ${seconds} s, and is not waited for`);
    // Where that was found out says nothing about the hook.
    this.stack = this.message;
  }
}

type AnyHook = (argument: never) => unknown;

/**
 * A hook as the dispatcher calls it, whatever the script returns: only promises are waited for.
 * @param seconds that a promise may take; 0: any time
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

/** What is late may still reject, which nobody is to hear of again. */
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
