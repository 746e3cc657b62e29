import type { Flow } from '../../flow/flow.js';
import { UnfinishedHookError } from '../../flow/hooks/pending-hooks.js';
import type { Log } from '../../flow/log.js';
import { plural } from '../../flow/text/plural.js';
import { HookTimeoutError } from './guard-hook.js';
import { type Place, placeOfError, placeText, scriptStack } from './place.js';
import { thrownText } from './script-error.js';

export interface HookFailure {
  error: unknown;
  hook: string;
  flow: Flow | undefined;
  /** Files of the script. */
  files: readonly string[];
  /** The place of the hook's definition, for errors without a place. */
  definedAt: () => Place;
}

/** Reports errors of script hooks: the first at a place with details, further ones are counted. */
export class HookFailures {
  private readonly counts = new Map<string, number>();

  constructor(private readonly log: Log) {}

  report({ error, hook, flow, files, definedAt }: HookFailure): void {
    const place = placeText(placeOfError(error, files) ?? definedAt());
    const key = `${place}: ${hook}`;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    const late = error instanceof HookTimeoutError || error instanceof UnfinishedHookError;
    const reason = late ? error.message : thrownText(error);
    const message = `${key} failed${flow ? ` in flow ${flow.id}` : ''}: ${reason}`;
    if (count > 1) return this.log.debug(message);
    const stack = scriptStack(error, files);
    this.log.error(stack ? `${message}\n${stack}` : message);
  }

  /** A line for each place that failed. */
  summary(): void {
    for (const [key, count] of this.counts) this.log.error(`${key} failed ${plural(count, 'time')} in all.`);
  }
}
