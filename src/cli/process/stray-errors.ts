/**
 * Reports uncaught errors. Node's default action would end the program without writing its data.
 * @param report receives a message with the stack, and the error
 * @returns a function that removes the handlers
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
