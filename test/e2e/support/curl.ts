import { type CommandOptions, type CommandResult, command } from './command.js';

/**
 * Runs curl through a proxy, without the settings and the list of exceptions of whoever runs the tests.
 * @param proxy its URL
 */
export function curl(proxy: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult> {
  return command('curl', ['-q', '-sS', '--max-time', '50', '-x', proxy, ...args], options);
}
