import type { SpoolPolicy } from '../flow/body/spool-policy.js';
import { Headers } from '../flow/http/headers.js';
import { REASONS } from '../flow/http/reason-phrases.js';
import { fromWire, toWire } from '../flow/text/wire-text.js';
import { Findings, PlaceNames } from './findings.js';
import { headerEdits } from './headers.js';
import { redactUrl } from './pairs.js';
import { Placeholders } from './placeholder.js';
import type { CustomRules } from './rules.js';
import { Searcher } from './searcher.js';
import { readableJwt } from './shapes/jwt.js';
import { applyToBytes, applyToText, type Edit } from './text/edits.js';
import type { Replace } from './text/scan.js';

export interface RedactorOptions {
  rules?: CustomRules;
  /** Key of the placeholders, at least 16 bytes; by default a random one. */
  key?: Uint8Array | undefined;
  /** Most decoded bytes of a body that are searched. */
  limit?: number;
  /** What happens to content that cannot be searched. */
  unsearchable?: 'drop' | 'keep';
  /** What happens to content in which only shapes can be found, such as images. */
  binary?: 'drop' | 'keep';
  /** Whether the header and the times of a JWT stay readable. */
  readableJwt?: boolean;
}

const GIB = 1024 * 1024 * 1024;
/** Texts without secrets that are remembered, and their longest. */
const MOST_CLEAN = 1024;
const LONGEST_CLEAN = 64;
/** Reason phrases that need no search. */
const PHRASES = new Set(Object.values(REASONS));

/** The rules, the key and the limits of redaction. */
export class Redactor {
  readonly searcher: Searcher;
  readonly limit: number;
  readonly dropsUnsearchable: boolean;
  readonly dropsBinary: boolean;
  /** Where large redacted bodies are kept. */
  policy: SpoolPolicy | undefined;
  private readonly placeholders: Placeholders;
  private readonly places = new PlaceNames();
  private readonly readableJwt: boolean;
  /** Short texts without secrets, such as names in metadata, which all flows repeat. */
  private readonly clean = new Set<string>();

  constructor(options: RedactorOptions = {}) {
    this.searcher = new Searcher(options.rules);
    this.placeholders = new Placeholders(options.key);
    this.limit = options.limit ?? GIB;
    this.dropsUnsearchable = options.unsearchable !== 'keep';
    this.dropsBinary = options.binary === 'drop';
    this.readableJwt = options.readableJwt === true;
  }

  /** Sets where large redacted bodies are kept; by default unencrypted in the system's temporary folder. */
  spoolTo(policy: SpoolPolicy): void {
    this.policy = policy;
  }

  /** Identifies the key without revealing it. */
  get fingerprint(): string {
    return this.placeholders.fingerprint;
  }

  newFindings(): Findings {
    return new Findings(this.places);
  }

  /** The placeholder of a secret, which is not counted. */
  readonly replace: Replace = (secret) => {
    const placeholder = this.placeholders.of(secret);
    return this.readableJwt ? (readableJwt(secret, placeholder) ?? placeholder) : placeholder;
  };

  /** The placeholder of a secret at a place. */
  counting(findings: Findings, place: string): Replace {
    return (secret, name) => {
      findings.add(place, name);
      return this.replace(secret, name);
    };
  }

  /** Redacts text for people: log lines, errors, comments. */
  text(text: string, replace: Replace = this.replace): string {
    if (text === '' || this.clean.has(text)) return text;
    const wire = toWire(text);
    const edits = this.searcher.textEdits(wire, 'data', replace);
    if (edits.length > 0) return fromWire(applyToText(wire, edits));
    if (text.length <= LONGEST_CLEAN) this.keepClean(text);
    return text;
  }

  private keepClean(text: string): void {
    if (this.clean.size >= MOST_CLEAN) this.clean.clear();
    this.clean.add(text);
  }

  /** Redacts text at a place of a flow. */
  textAt(text: string, findings: Findings, place: string): string {
    return text === '' ? text : this.text(text, this.counting(findings, place));
  }

  /** Redacts a reason phrase. */
  reason(text: string, findings: Findings, place: string): string {
    if (PHRASES.has(text) && !this.searcher.hasCustom) return text;
    return this.textAt(text, findings, place);
  }

  /** What is to be replaced in a field block, in order. */
  headerEdits(headers: Headers, findings: Findings, place: string): readonly Edit[] {
    return headerEdits(this.searcher, headers.bytes, this.counting(findings, place));
  }

  /** @returns a new field block, or the same if nothing was found */
  headers(headers: Headers, findings: Findings, place: string): Headers {
    const edits = this.headerEdits(headers, findings, place);
    return edits.length === 0 ? headers : new Headers(applyToBytes(headers.bytes, edits));
  }

  /** Redacts a path with its query. */
  path(path: string, findings: Findings, place: string): string {
    if (!this.searcher.mayHaveSecretsIn(path)) return path;
    const replace = this.counting(findings, place);
    const redacted = redactUrl(this.searcher.scanner, path, replace) ?? path;
    const custom = this.searcher.customEdits(Buffer.from(redacted, 'latin1'), replace);
    return custom.length === 0 ? redacted : applyToText(redacted, custom);
  }
}
