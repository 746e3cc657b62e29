/**
 * Errors that nobody caught. Node's default would end the program without writing what it has.
 * @param report gets each, and a message about it with its stack
 * @returns ends this
 */
export function onStrayErrors(report: (message: string, error: unknown) => void): () => void {
  const listener = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    report(`Unexpected error: ${text}`, error);
  };
  process.on('uncaughtException', listener);
  process.on('unhandledRejection', listener);
  return () => {
    process.off('uncaughtException', listener);
    process.off('unhandledRejection', listener);
  };
}
