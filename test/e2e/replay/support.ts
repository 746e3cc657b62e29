import { join } from 'node:path';
import type { Test } from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { type Ended, HOME, run } from '../../cli/tsdump.js';
import { runWarm } from '../../cli/warm.js';
import { folder } from '../../support/folder.js';
import { curl } from '../support/curl.js';
import { type Recorded, Recording, readCapture } from '../support/recording.js';

/** Records what curl does through the proxy. @param requests arguments of curl, one list a request @returns the capture */
export async function recordCurl(t: Test, requests: readonly (readonly string[])[]): Promise<string> {
  const recording = await Recording.start(t);
  for (const args of requests) {
    const { code, stderr } = await curl(recording.url, args);
    if (code !== 0) throw new Error(`curl ${args.join(' ')}: ${stderr}`);
  }
  await recording.stop(t);
  return recording.capture;
}

/** Runs `tsdump -C` to its end. */
export function replay(
  t: Test,
  capture: string | readonly string[],
  args: readonly string[],
  input?: Buffer,
): Promise<Ended> {
  return run(t, commandLine(capture, args), input ? { input } : {});
}

/** The same in a process that has loaded its modules. */
export function replayWarm(
  capture: string | readonly string[],
  args: readonly string[],
  input?: Buffer,
): Promise<Ended> {
  return runWarm(commandLine(capture, args), input ? { input } : {});
}

function commandLine(capture: string | readonly string[], args: readonly string[]): string[] {
  const captures = (typeof capture === 'string' ? [capture] : capture).flatMap((path) => ['-C', path]);
  return [...captures, ...args, '--set', `confdir=${join(HOME, '.tsdump')}`];
}

/** The same with `-w`. @returns the flows that were recorded */
export async function replayed(
  t: Test,
  capture: string,
  args: readonly string[],
): Promise<{ ended: Ended; flows: Recorded<HttpFlow>[] }> {
  const output = join(folder(t), 'replayed.flows');
  const ended = await replayWarm(capture, [...args, '-w', output]);
  return { ended, flows: (await readCapture(output)) as Recorded<HttpFlow>[] };
}
