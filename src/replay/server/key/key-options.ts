import type { Definitions } from '../../../protobuf/definitions/definitions.js';
import type { KeyRuleSet } from './key-rules.js';
import type { RedactedPlaces } from './redacted-places.js';

/**
 * Selects the parts of a request by which recorded answers are looked up. Names are those of mitmproxy's `server_replay_*`
 * options.
 */
export interface KeyOptions {
  readonly ignoreContent: boolean;
  readonly ignoreHost: boolean;
  readonly ignorePort: boolean;
  /** Names of query parameters to ignore. */
  readonly ignoreParams: ReadonlySet<string>;
  /** Names of form fields to ignore, urlencoded or multipart. */
  readonly ignorePayloadParams: ReadonlySet<string>;
  /** Names of headers to compare, in lower case. `Range` is always compared. */
  readonly useHeaders: readonly string[];
  /** Maximum size of a body that is compared by its fields or values; larger bodies are compared as bytes. */
  readonly bodyLimit: number;
  /** Definitions of messages of Protobuf. */
  readonly definitions?: Definitions | undefined;
  /** Rules of `ignore`; undefined without rules. */
  readonly rules?: KeyRuleSet | undefined;
  /** Places that were redacted with an unknown key; undefined if no capture can have them. */
  readonly redacted?: RedactedPlaces | undefined;
}
