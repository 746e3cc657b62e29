import { type CommandOptions, type CommandResult, command } from './command.js';

/**
 * Runs curl through a proxy, without the user's settings and proxy exceptions.
 * @param proxy URL of the proxy
 */
export function curl(proxy: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult> {
  return command('curl', ['-q', '-sS', '--max-time', '50', '-x', proxy, ...args], options);
}
