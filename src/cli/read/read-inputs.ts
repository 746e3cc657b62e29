import type { FlowFilter } from '../../flow/filter.js';
import type { Flow } from '../../flow/flow.js';
import type { Dispatcher } from '../../flow/hooks/dispatcher.js';
import type { HookName } from '../../flow/hooks/hooks.js';
import { readFlows } from '../../serialize/input/reader.js';
import type { Session } from '../session/session.js';
import { CaptureDispatcher } from './capture-dispatcher.js';
import type { Inputs } from './find-inputs.js';
import { InputReader } from './input-reader.js';

/**
 * Reads captures and calls the hooks of the flows that match the filter, one flow at a time, until the end of the inputs or the
 * program. Read errors are logged and set the exit code.
 * @param filter `Filters.read`
 */
export async function readInputs(session: Session, inputs: Inputs, filter: FlowFilter | undefined): Promise<void> {
  const { shutdown, hooks } = session;
  const dispatcher = new CaptureDispatcher(session, filter);
  const reader = new InputReader(session, (flow) => wantsBodies(hooks, filter, flow));
  const reading = readAll(session, inputs, reader, dispatcher);
  // Shutdown does not wait for a pipe, which may be silent forever.
  await Promise.race([reading, shutdown.requested]);
  // Calls the remaining hooks of the current flow before `done`. The reader reports errors.
  await dispatcher.current?.catch(() => {});
  if (shutdown.isRequested && inputs.paths.includes('-')) process.stdin.destroy();
}

async function readAll(
  session: Session,
  inputs: Inputs,
  reader: InputReader,
  dispatcher: CaptureDispatcher,
): Promise<void> {
  const { options } = session;
  if (inputs.followed) return followAll(session, inputs.followed, reader, dispatcher);
  if (options.sort) return readSorted(inputs, reader, dispatcher);
  // Scripts may keep flows. An addon of ours that keeps some would hold a block of the input for each.
  const readOptions = { ...reader.readOptions, releasesFlows: options.scripts.length === 0 };
  await reader.readEach(inputs, (input) => readFlows(input, readOptions, dispatcher.take));
}

async function followAll(
  session: Session,
  names: readonly string[],
  reader: InputReader,
  dispatcher: CaptureDispatcher,
): Promise<void> {
  const { followInputs } = await import('./follow.js');
  // Inputs are read concurrently, but their flows are processed one at a time.
  let last: Promise<void> = Promise.resolve();
  const take = (flow: Flow): Promise<void> => {
    last = last.then(() => dispatcher.take(flow));
    return last;
  };
  await followInputs(session, names, (name, input) =>
    reader.attempt(name, () => readFlows(input, reader.readOptions, take)),
  );
}

async function readSorted(inputs: Inputs, reader: InputReader, dispatcher: CaptureDispatcher): Promise<void> {
  const { SortedReader } = await import('../../serialize/sorted/sorted-reader.js');
  const sorted = new SortedReader(reader.readOptions);
  try {
    const goesOn = await reader.readEach(inputs, (input) => sorted.add(input, dispatcher.selector.mayMatch));
    if (goesOn) await reader.attempt('the sorted flows', () => sorted.read(dispatcher.take));
  } finally {
    await sorted.close();
  }
}

/** Whether hooks or the filter may read the bodies or messages of a flow, judged by its heads. */
function wantsBodies(hooks: Dispatcher, filter: FlowFilter | undefined, flow: Flow): boolean {
  if (filter?.evaluate(flow, 'responseHeaders') === 'no') return false;
  if (filter?.needsBodies || hooks.keepsBodies(flow, 'responseHeaders')) return true;
  if (flow.type === 'http' && flow.messages && hooks.mayCall('websocketMessage', flow)) return true;
  return CONTENT_HOOKS[flow.type].some((hook) => hooks.mayCall(hook, flow));
}

const CONTENT_HOOKS: Readonly<Record<Flow['type'], readonly HookName[]>> = {
  http: ['request', 'response'],
  tcp: ['tcpMessage'],
  udp: ['udpMessage'],
  dns: [],
};
