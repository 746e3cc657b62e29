import type { SpoolPolicy } from '../flow/body/spool-policy.js';
import { Headers } from '../flow/http/headers.js';
import { REASONS } from '../flow/http/reason-phrases.js';
import { fromWire, toWire } from '../flow/text/wire-text.js';
import { Findings, PlaceNames } from './findings.js';
import { headerEdits } from './headers.js';
import { KnownLines } from './known-lines.js';
import { redactUrl } from './pairs.js';
import { readableJwt } from './patterns/jwt.js';
import { Placeholders } from './placeholder.js';
import type { CustomRules } from './rules.js';
import { Searcher } from './searcher.js';
import { applyToBytes, applyToText, type Edit } from './text/edits.js';
import type { Replace } from './text/scan.js';

export interface RedactorOptions {
  rules?: CustomRules;
  /** Key of the placeholders, at least 16 bytes; by default a random one. */
  key?: Uint8Array | undefined;
  /** Maximum number of decoded bytes of a body to search. */
  limit?: number;
  /** The treatment of content that cannot be searched. */
  unsearchable?: 'drop' | 'keep';
  /** The treatment of binary content, such as images. */
  binary?: 'drop' | 'keep';
  /** Whether the algorithm and the times of a JWT stay readable. */
  readableJwt?: boolean;
}

const GIB = 1024 * 1024 * 1024;
/** Maximum number of cached texts without secrets, and the maximum length of one. */
const MAX_CLEAN = 1024;
const LONGEST_CLEAN = 64;
/** The standard reason phrases, which need no search by the default rules. */
const PHRASES = new Set(Object.values(REASONS));

/** Redacts texts, field blocks and paths by its rules. Equal secrets get equal placeholders. */
export class Redactor {
  readonly searcher: Searcher;
  readonly limit: number;
  readonly dropsUnsearchable: boolean;
  readonly dropsBinary: boolean;
  /** The storage for large redacted bodies. */
  policy: SpoolPolicy | undefined;
  private readonly placeholders: Placeholders;
  private readonly places = new PlaceNames();
  private readonly readableJwt: boolean;
  private readonly lines = new KnownLines();
  /** Short texts without secrets that occur in all flows, such as names in metadata. */
  private readonly clean = new Set<string>();

  constructor(options: RedactorOptions = {}) {
    this.searcher = new Searcher(options.rules);
    this.placeholders = new Placeholders(options.key);
    this.limit = options.limit ?? GIB;
    this.dropsUnsearchable = options.unsearchable !== 'keep';
    this.dropsBinary = options.binary === 'drop';
    this.readableJwt = options.readableJwt === true;
  }

  /** Sets the storage for large redacted bodies; by default, they are stored unencrypted in the system's temporary folder. */
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

  /** Returns the placeholder of a secret. It adds no finding. */
  readonly replace: Replace = (secret) => {
    const placeholder = this.placeholders.of(secret);
    return this.readableJwt ? (readableJwt(secret, placeholder) ?? placeholder) : placeholder;
  };

  /** Returns a function that adds a finding for each secret that it replaces. */
  counting(findings: Findings, place: string): Replace {
    return (secret, name) => {
      findings.add(place, name);
      return this.replace(secret, name);
    };
  }

  /** Redacts free text, such as log lines, errors and comments. */
  text(text: string, replace: Replace = this.replace): string {
    if (text === '' || this.clean.has(text)) return text;
    const wire = toWire(text);
    const edits = this.searcher.textEdits(wire, 'data', replace);
    if (edits.length > 0) return fromWire(applyToText(wire, edits));
    if (text.length <= LONGEST_CLEAN) this.rememberClean(text);
    return text;
  }

  private rememberClean(text: string): void {
    if (this.clean.size >= MAX_CLEAN) this.clean.clear();
    this.clean.add(text);
  }

  /** Redacts free text at a place of a flow. */
  textAt(text: string, findings: Findings, place: string): string {
    return text === '' ? text : this.text(text, this.counting(findings, place));
  }

  /** Redacts a reason phrase. */
  reason(text: string, findings: Findings, place: string): string {
    if (PHRASES.has(text) && !this.searcher.hasCustom) return text;
    return this.textAt(text, findings, place);
  }

  /** Finds the secrets in a field block. @returns edits in order */
  headerEdits(headers: Headers, findings: Findings, place: string): readonly Edit[] {
    const onFound = (name: string): void => findings.add(place, name);
    return headerEdits(this.searcher, headers.bytes, this.counting(findings, place), { lines: this.lines, onFound });
  }

  /** @returns a new field block; the same one if it contains no secret */
  headers(headers: Headers, findings: Findings, place: string): Headers {
    const edits = this.headerEdits(headers, findings, place);
    return edits.length === 0 ? headers : new Headers(applyToBytes(headers.bytes, edits));
  }

  /** Redacts a path and its query. */
  path(path: string, findings: Findings, place: string): string {
    if (!this.searcher.mayHaveSecretsIn(path)) return path;
    const replace = this.counting(findings, place);
    const redacted = redactUrl(this.searcher.scanner, path, replace) ?? path;
    const custom = this.searcher.customEdits(Buffer.from(redacted, 'latin1'), replace);
    return custom.length === 0 ? redacted : applyToText(redacted, custom);
  }
}
