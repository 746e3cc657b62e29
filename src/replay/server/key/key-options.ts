import type { KeyRuleSet } from './key-rules.js';
import type { RedactedPlaces } from './redacted-places.js';

/** What of a request counts when a recorded one is looked for. Names of mitmproxy's options `server_replay_*`. */
export interface KeyOptions {
  readonly ignoreContent: boolean;
  readonly ignoreHost: boolean;
  readonly ignorePort: boolean;
  /** Names of query parameters that do not count. */
  readonly ignoreParams: ReadonlySet<string>;
  /** Names of fields of forms, urlencoded or multipart, that do not count. */
  readonly ignorePayloadParams: ReadonlySet<string>;
  /** Names of headers that count. */
  readonly useHeaders: readonly string[];
  /** The largest body that is compared by its fields or values; a larger one counts as bytes. */
  readonly bodyLimit: number;
  /** Rules of `ignore`; undefined if there are none. */
  readonly rules?: KeyRuleSet | undefined;
  /** Places whose values were redacted with an unknown key; undefined if that cannot be. */
  readonly redacted?: RedactedPlaces | undefined;
}
