import type { Address } from '../../../flow/connection.js';

/**
 * Finds the original destination of a client's connection in the output of `pfctl -s state`. For a connection that was
 * redirected to 127.0.0.1:8080 it contains one of these lines:
 *
 *     macOS    ALL tcp 127.0.0.1:8080 <- 93.184.216.34:80 <- 192.168.1.13:57474       ESTABLISHED:ESTABLISHED
 *     FreeBSD  em0 tcp 127.0.0.1:8080 (93.184.216.34:80) <- 192.168.1.13:57474       ESTABLISHED:ESTABLISHED
 *
 * and this line for the client's own side (it has the destination too, but may belong to an earlier connection):
 *
 *     ALL tcp 192.168.1.13:57474 -> 93.184.216.34:80       ESTABLISHED:ESTABLISHED
 *
 * IPv6 is written `2001:db8::1[80]`.
 */
export function findDestination(states: string, client: Address): Address | undefined {
  const wanted = client[0].includes(':') ? `${client[0]}[${client[1]}]` : `${client[0]}:${client[1]}`;
  let plain: Address | undefined;
  for (let at = states.indexOf(wanted); at >= 0; at = states.indexOf(wanted, at + 1)) {
    const state = parseState(lineAt(states, at));
    if (!state || state.over) continue;
    const { ends, inbound } = state;
    const destination = inbound ? ends.at(-2) : ends.at(-1);
    const sources = inbound ? ends.slice(-1) : ends.slice(0, -1);
    if (destination === undefined || !sources.includes(wanted)) continue;
    if (inbound && ends.length > 2) return parseEnd(destination);
    plain ??= parseEnd(destination);
  }
  return plain;
}

interface State {
  /** In the line's order, without parentheses. */
  ends: string[];
  /** Whether the arrows point to the left. */
  inbound: boolean;
  over: boolean;
}

/** Parses a line; undefined unless it describes a TCP connection. */
function parseState(line: string): State | undefined {
  const [, protocol, ...columns] = line.trim().split(/\s+/);
  const phase = columns.pop();
  if (protocol !== 'tcp' || phase === undefined) return undefined;
  const ends = columns.filter((column) => !ARROWS.has(column)).map((end) => end.replace(/^\((.*)\)$/, '$1'));
  return { ends, inbound: columns.includes('<-'), over: /TIME_WAIT|CLOSED/.test(phase) };
}

const ARROWS = new Set(['<-', '->']);

/** `192.0.2.1:80` or `2001:db8::1[80]` */
function parseEnd(end: string): Address | undefined {
  const parts = /^([\d.]+):(\d+)$/.exec(end) ?? /^([^[\]]+)\[(\d+)\]$/.exec(end);
  return parts ? [parts[1]!, Number(parts[2])] : undefined;
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? text.length : end);
}
