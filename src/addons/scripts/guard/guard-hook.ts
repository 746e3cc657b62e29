import { HookGuard } from './hook-guard.js';

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
 * Wraps a hook of a script for the dispatcher: only a returned promise is awaited, other return values are ignored. When it has
 * ended, values of wrong types are replaced by the earlier ones, which counts as a failure of the hook.
 * @param seconds time limit of a promise; 0 for no limit
 * @param ofRequest whether it is a hook of a request
 */
export function guardHook(
  hook: AnyHook,
  target: object | undefined,
  seconds: number,
  ofRequest = false,
): (argument: never) => undefined | Promise<void> {
  return (argument) => {
    const guard = new HookGuard(argument, ofRequest);
    const failed = (error: unknown): never => {
      guard.restore();
      throw error;
    };
    let result: unknown;
    try {
      result = hook.call(target, argument);
    } catch (error) {
      return failed(error);
    }
    if (!isThenable(result)) {
      guard.check();
      return undefined;
    }
    // The flow is in use while the hook waits.
    guard.restore();
    return within(seconds, result).then(() => guard.check(), failed);
  };
}

function isThenable(value: unknown): value is PromiseLike<void> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<void>).then === 'function';
}

/** @param seconds 0 for no limit. A late promise may still reject; that rejection is ignored. */
async function within(seconds: number, promise: PromiseLike<void>): Promise<void> {
  if (seconds === 0) return promise;
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
