import type { HttpFlow } from '../../flow/flow.js';

/** The phases of an exchange in milliseconds; -1 if unknown or not applicable. `connect` includes `ssl`. */
export type Timings = {
  blocked: number;
  dns: number;
  connect: number;
  send: number;
  wait: number;
  receive: number;
  ssl: number;
};

/**
 * Durations of the phases.
 * @param opened whether the server's connection was opened for this flow; a reused one took no time
 */
export function timingsOf(flow: HttpFlow, opened: boolean): Timings {
  const { request, response, server, error } = flow;
  const tcpSetup = opened ? server.timestampTcpSetup : undefined;
  const connected = tcpSetup === undefined ? undefined : Math.max(tcpSetup, server.tls?.timestampSetup ?? 0);
  // A connection opened because of this request delays it; an existing one does not.
  const held = connected !== undefined && server.timestampStart >= request.timestampStart;
  const begin = held ? connected : request.timestampStart;
  const sent = Math.max(begin, request.timestampEnd ?? begin);
  const answered = response ? response.timestampStart : (error?.timestamp ?? sent);
  return {
    blocked: held ? milliseconds(request.timestampStart, server.timestampStart) : -1,
    dns: -1,
    connect: connected === undefined ? -1 : milliseconds(server.timestampStart, connected),
    send: milliseconds(begin, sent),
    wait: milliseconds(sent, answered),
    receive: response ? milliseconds(response.timestampStart, response.timestampEnd ?? error?.timestamp) : 0,
    ssl: tcpSetup === undefined || !server.tls ? -1 : milliseconds(tcpSetup, server.tls.timestampSetup),
  };
}

/** Duration of the whole exchange. `ssl` is part of `connect`. */
export function totalTime({ blocked, dns, connect, send, wait, receive }: Timings): number {
  const before = Math.max(0, blocked) + Math.max(0, dns) + Math.max(0, connect);
  const sum = before + Math.max(0, send) + Math.max(0, wait) + Math.max(0, receive);
  return Math.round(sum * 1000) / 1000;
}

/** The difference of two times in seconds, to the microsecond; never negative. */
function milliseconds(from: number, to: number | undefined): number {
  if (to === undefined || !(to > from)) return 0;
  return Math.round((to - from) * 1e6) / 1000;
}
