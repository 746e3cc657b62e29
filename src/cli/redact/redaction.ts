import type { RedactedOutputsOptions } from '../../addons/redact/redacted-outputs.js';
import type { Flow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { Log } from '../../flow/log.js';
import { columnOf, pointAt } from '../../flow/text/parse-error.js';
import { quote } from '../../flow/text/quote.js';
import type { Redactor } from '../../redact/index.js';
import type { LineSink } from '../../terminal/line-sink.js';
import { placeOf, type ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';

/** @returns undefined without redaction @throws UsageError with the place of a mistake in a rule */
export async function makeRedactor(resolved: ResolvedOptions): Promise<Redactor | undefined> {
  const { values } = resolved;
  checkDryRun(values);
  return values.redact || values.redactRule.length > 0 ? newRedactor(resolved) : undefined;
}

/**
 * Returns the redactor with which requests are compared with those of redacted captures. The key alone is enough for that;
 * nothing else is redacted without `--redact`.
 * @param redactor from `makeRedactor`
 */
export async function comparingRedactor(
  resolved: ResolvedOptions,
  redactor: Redactor | undefined,
): Promise<Redactor | undefined> {
  return redactor ?? (resolved.values.redactKey === undefined ? undefined : newRedactor(resolved));
}

async function newRedactor(resolved: ResolvedOptions): Promise<Redactor> {
  const { redactRule, redactKey, redactLimit, redactUnsearchable, redactBinary, redactJwt } = resolved.values;
  const { Redactor, parseRules, RuleError } = await import('../../redact/index.js');
  try {
    return new Redactor({
      rules: parseRules(redactRule),
      key: redactKey === undefined ? undefined : Buffer.from(redactKey),
      limit: redactLimit,
      unsearchable: redactUnsearchable,
      binary: redactBinary,
      readableJwt: redactJwt === 'readable',
    });
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    const { rule, problem, offset } = error;
    const place = `${placeOf(resolved, 'redact_rule', rule)}: ${problem}`;
    const figure = offset === undefined ? quote(rule) : pointAt(rule, columnOf(rule, offset));
    throw new UsageError(offset === undefined ? `${place}, got ${figure}` : `${place}\n${figure}`, 'rule-invalid');
  }
}

function checkDryRun({ dryRun, redact, redactRule, server, saveStreamFile, hardump }: Options): void {
  if (!dryRun) return;
  if (!redact && redactRule.length === 0)
    throw new UsageError('--dry-run lists what --redact would replace; add --redact', 'option-requires');
  if (server) throw new UsageError('--dry-run reads captures; add -n and -r FILE', 'option-requires');
  if (saveStreamFile.length > 0 || hardump) {
    throw new UsageError('--dry-run writes nothing; leave out --save-stream-file and hardump', 'option-conflict');
  }
}

/** A log that redacts its lines, which contain URLs and quoted errors. */
export function redactedLog(log: Log, redactor: Redactor | undefined): Log {
  if (!redactor) return log;
  return {
    error: (message, client) => log.error(redactor.text(message), client),
    warn: (message, client) => log.warn(redactor.text(message), client),
    info: (message, client) => log.info(redactor.text(message), client),
    alert: (message, client) => log.alert(redactor.text(message), client),
    debug: (message, client) => log.debug(redactor.text(message), client),
  };
}

/** Returns a function that redacts flows without their bodies and messages, for journals. */
export async function headRedaction(redactor: Redactor | undefined): Promise<((flow: Flow) => Flow) | undefined> {
  if (!redactor) return undefined;
  const { redactHeads } = await import('../../redact/index.js');
  return (flow) => redactHeads(redactor, flow);
}

/**
 * Puts redaction before the addons that only observe flows.
 * @param preview receives the list of secrets for a dry run, which has no other outputs
 */
export async function redactedAddons(
  addons: readonly Addon[],
  redactor: Redactor | undefined,
  { preview, ...options }: Omit<RedactedOutputsOptions, 'redactor'> & { preview: LineSink | undefined },
): Promise<readonly Addon[]> {
  if (!redactor) return addons;
  const { redactOutputs } = await import('../../addons/redact/redacted-outputs.js');
  const outputs = addons.filter(({ observes }) => observes);
  const others = addons.filter((addon) => !outputs.includes(addon));
  if (preview) {
    const { RedactionPreview } = await import('../../addons/redact/redaction-preview.js');
    return [...others, new RedactionPreview(redactor, preview)];
  }
  return [...others, ...redactOutputs(outputs, { ...options, redactor })];
}
