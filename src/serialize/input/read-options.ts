import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Flow } from '../../flow/flow.js';
import type { Damage } from './damage.js';

export interface ReadOptions {
  /** The spooling of bodies if the input can be read only once. */
  policy: SpoolPolicy;
  /** Whether to keep the bodies of a flow from such an input. Default: no. */
  wantsBodies?: (flow: Flow) => boolean;
  /** Check the CRCs of bodies in memory with their record, to report damage in bodies that are not read. */
  checksBodies?: boolean;
  /** Whether flows may be changed. If not, flows of one connection may share its objects. Default: they may. */
  mayChange?: (() => boolean) | undefined;
  /**
   * Whether each flow is released before the next one is read. Then it may share the memory of the input instead of having a copy
   * of its metadata. Default: no.
   */
  releasesFlows?: boolean;
  /** Stop at the first damage: `readFlows` rejects with a `DamageError`, and `onDamage` is not called. */
  strict?: boolean;
  /** Called for all damage; reading continues after it. A newer version is reported once. */
  onDamage: (damage: Damage) => void;
  /** Called for each member that was left out of a flow, with its place. */
  onOmission?: (message: string) => void;
}

export interface ReadSummary {
  flows: number;
  /** Number of these flows that were found after damage and may be part of a body. */
  recovered: number;
  /** Number of these flows from the journal beside the file: they were in progress when the recording was interrupted. */
  incomplete?: number;
  /** Number of skipped records of an unknown kind, and flows of an unknown type. */
  unknown: number;
  /** Number of damaged places. Only bodies that were read are checked. */
  damaged: number;
  /** One line about data that was left out of flows, or that the writer of the file did not keep. */
  omitted?: string | undefined;
}
