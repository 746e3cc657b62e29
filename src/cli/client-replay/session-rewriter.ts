import { type Flow, type HttpFlow, releaseFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { Log } from '../../flow/log.js';
import type { Message } from '../../flow/message-log/message.js';
import { ParseError } from '../../flow/text/parse-error.js';
import { plural } from '../../flow/text/plural.js';
import type { RequestRewriter } from '../../replay/client/request-rewriter.js';
import { CapturedValues } from '../../replay/session/captured-values.js';
import { Names } from '../../replay/session/names.js';
import { type ExtractRule, parseExtractRule } from '../../replay/session/rules/extract-rule.js';
import { ExtractRules } from '../../replay/session/rules/extract-rules.js';
import { SessionState } from '../../replay/session/session-state.js';
import type { ValueSettings } from '../../replay/session/value-settings.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { UsageError } from '../process/exit-error.js';
import { StoppedError } from '../read/flow-selector.js';
import type { Session } from '../session/session.js';
import type { ReplaySource } from './replay-source.js';

/** Creates the rewriter for `--replay-session` and `--replay-extract`. @throws UsageError */
export function sessionRewriter({ values }: ResolvedOptions): SessionRewriter {
  const { replayExtract, replayResume, bodySearchLimit } = values;
  if (replayResume !== undefined) {
    throw new UsageError(
      '--replay-resume and --replay-session cannot be used together: a later run does not know the values of this one',
      'option-conflict',
    );
  }
  const rules = new ExtractRules(replayExtract.map(parseRule));
  return new SessionRewriter({ names: new Names(), rules, limit: bodySearchLimit });
}

function parseRule(text: string): ExtractRule {
  try {
    return parseExtractRule(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new UsageError(`--replay-extract '${text}': ${error.message}`, 'rule-invalid');
  }
}

/** Replaces recorded values in requests by the values that the responses of this replay have contained. */
export class SessionRewriter implements RequestRewriter {
  private state: SessionState;
  private requests = 0;
  private substitutions = 0;

  private sawTooLarge = false;
  private readonly settings: ValueSettings;

  constructor(places: ValueSettings) {
    const onTooLarge = (): void => {
      this.sawTooLarge = true;
    };
    this.settings = { ...places, onTooLarge };
    this.state = new SessionState(this.settings);
  }

  /** Finds the values to replace, if the capture can be read in advance. */
  async learn(source: ReplaySource, { shutdown, log }: Session): Promise<void> {
    if (!source.canReread) return;
    const use = new CapturedValues(this.settings);
    const each = (add: (flow: HttpFlow) => Promise<void>) =>
      source.read(async (flow: Flow) => {
        try {
          if (shutdown.isRequested) throw new StoppedError();
          if (flow.type === 'http') await add(flow);
        } finally {
          releaseFlow(flow);
        }
      });
    await each((flow) => use.addRequest(flow));
    await each((flow) => use.addResponse(flow));
    use.finish();
    log.debug(`${plural(use.size, 'value')} of responses may be used by later requests.`);
    this.state = new SessionState(this.settings, use);
  }

  onRead(recorded: HttpFlow): void {
    this.state.onRead(recorded);
  }

  async rewrite(recorded: HttpFlow, request: HttpRequest): Promise<Readonly<Record<string, unknown>> | undefined> {
    const substitutions = await this.state.rewrite(recorded, request);
    if (substitutions.length === 0) return undefined;
    this.requests++;
    this.substitutions += substitutions.length;
    return { replay_session: substitutions };
  }

  rewriteMessage(recorded: HttpFlow, message: Message): Buffer {
    const { content, substitutions } = this.state.rewriteMessage(recorded, message);
    this.substitutions += substitutions.length;
    return content;
  }

  onServerMessage(recorded: HttpFlow, number: number, content: Buffer): void {
    this.state.onServerMessage(recorded, number, content);
  }

  onEnded(recorded: HttpFlow, replayed: HttpFlow | undefined): Promise<void> {
    return this.state.onEnded(recorded, replayed);
  }

  nextRound(): void {
    this.state.nextRound();
  }

  /**
   * Looks up new values in place of recorded ones, for the request of this flow.
   * @returns a function that receives a recorded value, and the value received in its place
   */
  carried(recorded: HttpFlow): (value: string, replayed?: string) => string | undefined {
    return this.state.carried(recorded);
  }

  /** Logs a summary of the replaced values, at the end. */
  conclude(log: Log): void {
    const values = plural(this.substitutions, 'value');
    log.info(`Carried over ${values} of new responses into ${plural(this.requests, 'request')}.`);
    if (this.sawTooLarge) {
      log.warn(
        'Some bodies that are larger than body_search_limit were not searched for values, or were sent as recorded.',
      );
    }
    for (const { text } of this.settings.rules.unmatched) {
      log.warn(`--replay-extract ${text}: no response has such a value.`);
    }
  }
}
