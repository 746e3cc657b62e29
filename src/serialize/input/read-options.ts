import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Flow } from '../../flow/flow.js';
import type { Damage } from './damage.js';

export interface ReadOptions {
  /** Where bodies of an input are kept that can be read only once. */
  policy: SpoolPolicy;
  /** Asked for each flow of such an input whether its bodies have to be kept. Default: no. */
  wantsBodies?: (flow: Flow) => boolean;
  /** Stop at the first damage: `readFlows` rejects with a `DamageError`, and `onDamage` is not called. */
  strict?: boolean;
  /** Told of everything that cannot be read. Reading goes on behind it. Of a newer version it is told once. */
  onDamage: (damage: Damage) => void;
  /** Gets each member that was left out of a flow that was read all the same, with its place. */
  onOmission?: (message: string) => void;
}

export interface ReadSummary {
  flows: number;
  /** Flows among them that were found behind damage and may be the content of a body. */
  recovered: number;
  /** Flows among them that were still going on when the recording broke off: those of the journal beside the file. */
  incomplete?: number;
  /** Records of a kind, or flows of a type, that this version does not know. They were skipped. */
  unknown: number;
  /** How often damage was found, in bodies as far as they were read. */
  damaged: number;
  /** What was left out of flows, or not kept by the program that wrote them, in a line. */
  omitted?: string | undefined;
}
