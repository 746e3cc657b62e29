/**
 * SIGINT and SIGTERM: the first asks the program to end, the second to end at once. After that the system's default
 * holds again, so that a third one ends a program that hangs.
 * @returns takes the listeners off
 */
export function onSignals(end: () => void, endNow: () => void): () => void {
  let count = 0;
  const listener = () => {
    count++;
    if (count === 1) return end();
    remove();
    endNow();
  };
  const remove = () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return remove;
}
