/**
 * Waits for a result until the signal is aborted, whose reason is then thrown.
 * @param onLate gets a result that comes after that
 */
export function unlessAborted<T>(pending: Promise<T>, signal: AbortSignal, onLate: (result: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    pending.then((result) => {
      if (signal.aborted) onLate(result);
      else resolve(result);
    }, reject);
  });
}
