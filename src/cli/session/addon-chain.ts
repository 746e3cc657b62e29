import type { LiveFlows } from '../../addons/live-flows.js';
import { Save } from '../../addons/save.js';
import type { ScriptHost } from '../../addons/scripts/script-host.js';
import { Dispatcher, type DispatcherOptions } from '../../flow/hooks/dispatcher.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { Log } from '../../flow/log.js';
import type { Definitions } from '../../protobuf/definitions/definitions.js';
import type { Terminal } from '../../terminal/terminal.js';
import { makeAddons } from '../addons/addons.js';
import { FlowReplay } from '../addons/flow-replay.js';
import { loadScripts } from '../addons/scripts.js';
import { ExitCode } from '../process/exit-codes.js';
import { redactedAddons } from '../redact/redaction.js';
import type { FlowSender } from '../workers/flow-sender.js';
import type { Outputs } from '../write/outputs.js';
import type { ServerReplayParts, SessionParts } from './session-parts.js';

/** The parts of a session that its addons use. */
export interface ChainParts extends ServerReplayParts {
  readonly outputs: Outputs;
  readonly display: Terminal;
  /** Store flows in progress beside the outputs. */
  readonly journals: readonly LiveFlows[];
  readonly flowSender: FlowSender | undefined;
  readonly definitions: Definitions | undefined;
  readonly onSearchLimit: () => void;
}

/** All addons of a run, in the order in which they are called, and the dispatcher that calls them. */
export interface AddonChain {
  readonly hooks: Dispatcher;
  readonly scripts: ScriptHost | undefined;
  /** Implements `flow.replay`; replays wait until the engine is set. */
  readonly replay: FlowReplay;
  /** The addons that save, show, count and check flows, without redaction. */
  readonly observers: readonly Addon[];
  /** Reports the failure of a hook. */
  readonly reportFailure: DispatcherOptions['onError'];
  /** From now on, scripts are reloaded when they change. */
  watchScripts(): void;
}

/** Creates the built-in addons and loads the scripts. @throws ExitError */
export async function openAddonChain(session: SessionParts, parts: ChainParts): Promise<AddonChain> {
  const { options, shutdown, filters, redactor, addons = {} } = session;
  const { log, display, flowSender, definitions, onSearchLimit } = parts;
  const journals = [...parts.journals, ...(flowSender?.journals ?? [])];
  const { beforeScripts, afterScripts } = await makeAddons({
    options,
    filters,
    definitions,
    display,
    writers: parts.outputs.all.map(({ writer }) => writer),
    access: addons.access ?? [],
    certificate: addons.certificate,
    rewriting: (await addons.rewriting?.(log)) ?? [],
    serverReplay: (await addons.openServerReplay?.(parts)) ?? [],
  });
  const scripts = await loadScripts({ options, log, shutdown, settings: session.scripts, worker: session.worker });
  const onError = failureReporter(scripts, session, log);
  const last = [...afterScripts, ...(session.watch?.addons ?? []), ...(flowSender?.addons ?? [])];
  const { bodySearchLimit } = options;
  const redacted = await redactedAddons(last, redactor, {
    bodySearchLimit,
    onSearchLimit,
    onError,
    preview: options.dryRun ? display.out : undefined,
  });
  const outputs = [...journals, ...redacted, ...journals.map(({ afterOutputs }) => afterOutputs)];
  const all = (): Addon[] => [...beforeScripts, ...(scripts?.addons ?? []), ...outputs];
  const replay = new FlowReplay();
  const hooks = new Dispatcher(all(), {
    replay: (flow) => replay.replay(flow),
    bodySearchLimit,
    onSearchLimit,
    onError,
  });
  return {
    hooks,
    scripts,
    replay,
    observers: last.filter(({ observes }) => observes),
    reportFailure: onError,
    watchScripts: () => scripts?.watch(() => hooks.setAddons(all())),
  };
}

/** A failed hook is logged; if it saves flows, it also sets the exit code. */
function failureReporter(
  scripts: ScriptHost | undefined,
  { shutdown }: Pick<SessionParts, 'shutdown'>,
  log: Log,
): DispatcherOptions['onError'] {
  return (error, { addon, hook, flow }) => {
    if (scripts?.report(error, addon, hook, flow)) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error(`Addon ${addon.name ?? 'without a name'} failed in ${hook}${flow ? ` of flow ${flow.id}` : ''}: ${text}`);
    if (addon instanceof Save) shutdown.note(ExitCode.output);
  };
}
