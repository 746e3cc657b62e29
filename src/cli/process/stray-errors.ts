/**
 * Errors that nobody caught. Node's default would end the program without writing what it has.
 * @param report told each with its stack
 */
export function onStrayErrors(report: (message: string) => void): void {
  const listener = (error: unknown): void => {
    report(`Unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };
  process.on('uncaughtException', listener);
  process.on('unhandledRejection', listener);
}
