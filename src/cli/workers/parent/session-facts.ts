import type { Terminal } from '../../../terminal/terminal.js';
import type { Session } from '../../session/session.js';
import type { TerminalFacts, WorkerStart } from '../messages.js';

/** The data of the parent's session that a worker needs. */
export function sessionFacts({
  observers,
  captures,
  display,
  stderr,
}: Session): Pick<WorkerStart, 'tellsActivity' | 'captures' | 'display' | 'stderr'> {
  return {
    tellsActivity: observers.some(({ requestHeaders }) => requestHeaders),
    captures: pathsOf(captures),
    display: terminalFacts(display),
    stderr: terminalFacts(stderr),
  };
}

/** The current paths of the recorded files. */
export function pathsOf(captures: Session['captures']): string[] {
  return captures.flatMap(({ file }) => file?.path() ?? []);
}

function terminalFacts({ columns, discards }: Terminal): TerminalFacts {
  const width = columns();
  return { isTTY: width !== undefined, columns: width, discards };
}
