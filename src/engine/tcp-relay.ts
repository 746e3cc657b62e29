import type { Socket } from 'node:net';
import type { Clock } from '../flow/clock.js';
import type { LiveMessage } from '../flow/hooks.js';
import type { MessageLog } from '../flow/messagelog.js';
import { breakOff, type Channel, confirmEnd } from './channel.js';
import type { ClientContext } from './client-context.js';
import type { Deadline } from './deadlines.js';
import { readAfterFailure } from './read-after-failure.js';

export interface RelayOptions {
  context: ClientContext;
  client: Channel;
  server: Channel;
  /** Bytes of both sides that were read before. */
  early?: { client: Buffer; server: Buffer };
  clock: Clock;
  log: MessageLog;
  /** Sees each message before it goes on, and may change or drop it; throwing breaks the connection off. */
  onMessage: ((message: LiveMessage) => undefined | Promise<void>) | undefined;
}

/** Beyond this many bytes not taken by the receiver, its sender is paused. */
const HIGH_WATER = 128 * 1024;

/**
 * Passes bytes both ways until both sides have ended, and logs them. An end of one side is passed on as just that.
 * @returns the reason if it was broken off: a reset of one side resets the other, once what the first one sent is written
 */
export function relay(options: RelayOptions): Promise<Error | undefined> {
  const { context, client, server } = options;
  return new Promise((resolve) => {
    let failure: Error | undefined;
    const idle = context.services.deadlines.create(() => fail(new Error('No bytes for the time of tcp_timeout.')));
    const finish = (): void => {
      idle.dispose();
      resolve(failure);
    };
    const fail = (error: Error): void => {
      if (failure) return;
      failure = error;
      for (const side of [client, server]) {
        if (!side.stream.destroyed && !context.interrupted) breakOff(side);
        else resetNow(side);
      }
    };
    let closed = 0;
    const sideClosed = (): void => {
      if (++closed === 2) finish();
    };
    // That of the server is read like this since it was opened.
    readAfterFailure(client.stream);
    idle.set(context.services.options.tcpTimeout);
    pump(client, server, true, options, idle, fail);
    pump(server, client, false, options, idle, fail);
    for (const { stream } of [client, server]) {
      if (stream.destroyed) {
        fail(new Error('Connection closed.'));
        sideClosed();
        continue;
      }
      stream.once('error', fail);
      stream.once('close', () => {
        if (!stream.readableEnded || !stream.writableFinished) fail(new Error('Connection closed.'));
        if (context.interrupted) for (const side of [client, server]) resetNow(side);
        sideClosed();
      });
    }
  });
}

function resetNow({ stream, raw }: Channel): void {
  if (!raw.destroyed) raw.resetAndDestroy();
  stream.destroy();
}

/** One direction. */
function pump(
  from: Channel,
  to: Channel,
  fromClient: boolean,
  options: RelayOptions,
  idle: Deadline,
  fail: (error: Error) => void,
): void {
  const { context, clock, log, onMessage } = options;
  const source: Socket = from.stream;
  const sink: Socket = to.stream;
  const { tcpTimeout } = context.services.options;
  /** Reasons to wait: slow receiver, disk, an addon. */
  let waits = 0;
  /** A message is with an addon. */
  let held = false;
  let ended = false;
  const wait = (): void => {
    if (waits++ === 0) source.pause();
  };
  const go = (): void => {
    if (--waits === 0) source.resume();
  };
  const pass = (message: LiveMessage): void => {
    if (message.drop) return;
    if (!log.append(message)) {
      wait();
      log.drained().then(go, context.services.onFatal);
    }
    sink.write(message.content);
    if (sink.writableLength > HIGH_WATER) {
      wait();
      sink.once('drain', go);
    }
  };
  const take = (content: Buffer): void => {
    if (sink.destroyed) return;
    idle.set(tcpTimeout);
    const message: LiveMessage = { fromClient, opcode: 0, timestamp: clock.now(), content };
    if (!onMessage) return pass(message);
    try {
      const pending = onMessage(message);
      if (!pending) return pass(message);
      wait();
      held = true;
      pending
        .then(() => {
          held = false;
          pass(message);
          if (ended) passEnd();
        })
        .catch(fail)
        .finally(go);
    } catch (error) {
      fail(error as Error);
    }
  };
  // An end comes through although the source is paused.
  const end = (): void => {
    ended = true;
    if (!held) passEnd();
  };
  const passEnd = (): void => confirmEnd(source, () => sink.end(), fail);
  source.on('data', take);
  const early = fromClient ? options.early?.client : options.early?.server;
  if (early && early.length > 0) take(early);
  if (source.readableEnded) end();
  else source.once('end', end);
  // Bytes that were put back before are given out only now.
  if (waits === 0) source.resume();
}
