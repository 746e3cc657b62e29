import type { ClientConnection, ServerConnection } from '../../flow/connection.js';
import type { Flow } from '../../flow/flow.js';
import type { Findings } from '../findings.js';
import { isOpaque, isTrivial } from '../names/values.js';
import { isPlaceholder } from '../placeholder.js';
import type { Redactor } from '../redactor.js';
import { redactedValue } from '../text/credentials.js';
import type { Replace } from '../text/scan.js';

/** Redacts the properties that all types of flow have, and copies the others. @param copy of the same type */
export function redactedCommon(redactor: Redactor, original: Flow, copy: Flow, findings: Findings): void {
  const { error } = original;
  copy.error = error && { ...error, message: redactor.textAt(error.message, findings, 'error') };
  copy.comment = redactor.textAt(original.comment, findings, 'comment');
  copy.marked = redactor.textAt(original.marked, findings, 'marked');
  copy.isReplay = original.isReplay;
  copy.killed = original.killed;
  copy.services = original.services;
  copy.metadata = redactMetadata(redactor, original.metadata, findings);
  (copy as { client: ClientConnection }).client = redactClient(redactor, original.client, findings);
  copy.server = redactServer(redactor, original.server, findings);
}

/** A client certificate identifies its owner. The mode of a listener may contain the password of an upstream proxy. */
function redactClient(redactor: Redactor, client: ClientConnection, findings: Findings): ClientConnection {
  const hasCertificate = client.tls !== undefined && client.tls.certificates.length > 0;
  const mode = client.mode.includes('@') ? redactor.textAt(client.mode, findings, 'client.mode') : client.mode;
  const error = client.error && redactor.textAt(client.error, findings, 'client.error');
  if (!hasCertificate && mode === client.mode && error === client.error) return client;
  const copy = client.clone();
  copy.mode = mode;
  copy.error = error;
  if (hasCertificate) {
    findings.add('client.certificate', '');
    copy.tls = { ...client.tls!, certificates: [] };
  }
  return copy;
}

function redactServer(redactor: Redactor, server: ServerConnection, findings: Findings): ServerConnection {
  const error = server.error && redactor.textAt(server.error, findings, 'server.error');
  if (error === server.error) return server;
  const copy = server.clone();
  copy.error = error;
  return copy;
}

const MAX_LEVELS = 32;

/** The metadata in which a replay lists the session values that it has replaced in a request. */
const CARRIED = 'replay_session';

function redactMetadata(
  redactor: Redactor,
  metadata: Record<string, unknown>,
  findings: Findings,
): Record<string, unknown> {
  if (isEmpty(metadata)) return metadata;
  const replace = redactor.counting(findings, 'metadata');
  return redactEntries(redactor, metadata, replace, (key, value) => {
    if (key === 'redacted') return value;
    if (key === CARRIED && Array.isArray(value)) return value.map((each) => redactCarried(each, replace));
    return redactValue(redactor, key, value, replace, 0);
  });
}

function isEmpty(object: object): boolean {
  for (const _key in object) return false;
  return true;
}

/** Replaces all listed session values: they are tokens and ids, even under names that do not suggest it. */
function redactCarried(entry: unknown, replace: Replace): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const carried = ([key, value]: [string, unknown]): [string, unknown] => {
    const isValue = (key === 'recorded' || key === 'value') && typeof value === 'string';
    return [key, isValue && !isPlaceholder(value) ? replace(Buffer.from(value).toString('latin1'), CARRIED) : value];
  };
  return Object.fromEntries(Object.entries(entry).map(carried));
}

/**
 * Redacts a value in metadata.
 * @param key its name; for an element, the name of the array
 * @returns the same value if it contains no secret
 */
function redactValue(redactor: Redactor, key: string, value: unknown, replace: Replace, level: number): unknown {
  if (typeof value === 'string') return redactString(redactor, key, value, replace);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const rule = redactor.searcher.scanner.names.rule(key);
    return rule?.numbers && rule.values === 'any' ? replace(String(value), key) : value;
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Uint8Array) return redactBytes(redactor, value, replace);
  if (level > MAX_LEVELS) return replace('too deep', key);
  const inner = (name: string, each: unknown): unknown => redactValue(redactor, name, each, replace, level + 1);
  if (Array.isArray(value)) return redactList(value, (each) => inner(key, each));
  if (value instanceof Map) return new Map([...value].map(([name, each]) => [name, inner(String(name), each)]));
  if (value instanceof Set) return new Set([...value].map((each) => inner(key, each)));
  return redactEntries(redactor, value as Record<string, unknown>, replace, inner);
}

/** @returns the same object if it contains no secret */
function redactEntries(
  redactor: Redactor,
  object: Record<string, unknown>,
  replace: Replace,
  redact: (key: string, value: unknown) => unknown,
): Record<string, unknown> {
  let changed = false;
  const entries = Object.entries(object).map(([key, value]): [string, unknown] => {
    const name = redactor.text(key, replace);
    const made = redact(key, value);
    changed ||= name !== key || made !== value;
    return [name, made];
  });
  return changed ? Object.fromEntries(entries) : object;
}

/** @returns the same list if it contains no secret */
function redactList(list: unknown[], redact: (value: unknown) => unknown): unknown[] {
  const made = list.map(redact);
  return made.some((each, at) => each !== list[at]) ? made : list;
}

function redactString(redactor: Redactor, key: string, value: string, replace: Replace): string {
  const rule = redactor.searcher.scanner.names.rule(key);
  if (rule && !isTrivial(value) && (rule.values === 'any' || (rule.values === 'opaque' && isOpaque(value)))) {
    return redactedValue(rule.form, value, (secret) => replace(Buffer.from(secret).toString('latin1'), key));
  }
  return redactor.text(value, replace);
}

function redactBytes(redactor: Redactor, value: Uint8Array, replace: Replace): Uint8Array {
  const text = Buffer.from(value).toString('latin1');
  const redacted = redactor.searcher.scanner.redactText(text, 'data', replace);
  return redacted === undefined ? value : Buffer.from(redacted, 'latin1');
}
