import type { ResolvedOptions } from '../options/resolve.js';
import type { OptionName, Options } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';
import { writesFlowsTo } from '../write/outputs.js';
import { checkAccess } from './environment/proxy-access.js';

/**
 * The options of a run with a command, which owns stdin, stdout and stderr: flows and the log are shown only if the command
 * line requests it, the port is a free one unless it is set, and the proxies of the environment are used.
 * @throws UsageError for options that cannot be combined with a command
 */
export function withCommand(resolved: ResolvedOptions): ResolvedOptions {
  const { values, origins } = resolved;
  if (!values.server)
    throw new UsageError(
      'a command (after --) runs under the proxy, so it cannot be combined with -n',
      'option-conflict',
    );
  if (writesFlowsTo('-', values)) {
    throw new UsageError(
      '-w - cannot be combined with a command, because stdout belongs to the command; write to a file',
      'option-conflict',
    );
  }
  if (values.rfile.includes('-')) {
    throw new UsageError(
      '-r - cannot be combined with a command, because stdin belongs to the command; read from a file',
      'option-conflict',
    );
  }
  if (values.report.some(({ path }) => path === '-')) {
    throw new UsageError(
      '--report to stdout cannot be combined with a command, because stdout belongs to the command; name a file',
      'option-conflict',
    );
  }
  checkAccess(values);
  const isRequested = (name: OptionName): boolean =>
    ['command line', 'shorthand'].includes(origins.get(name)!.source) && !/^--stat/.test(origins.get(name)!.place);
  const isSet = (name: OptionName): boolean => origins.get(name)!.source !== 'default';
  const implied: Partial<Options> = {
    ...(isRequested('flow_detail') ? {} : { flowDetail: 0 }),
    ...(isRequested('termlog_verbosity') ? {} : { termlogVerbosity: 'warn' }),
    ...(isSet('listen_port') ? {} : { listenPort: 0 }),
    ...(isSet('upstream_from_env') ? {} : { upstreamFromEnv: true }),
  };
  return { ...resolved, values: { ...values, ...implied } };
}
