import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Flow } from '../../flow/flow.js';
import type { Damage } from './damage.js';

export interface ReadOptions {
  /** Where bodies are kept if the input can be read only once. */
  policy: SpoolPolicy;
  /** Decides for each flow of such an input whether its bodies are kept. Default: no. */
  wantsBodies?: (flow: Flow) => boolean;
  /** Check the CRCs of bodies that are in memory with their record, so that damage is reported even if they are not read. */
  checksBodies?: boolean;
  /** Whether flows may be changed. If not, flows of one connection may share its objects. Default: they may. */
  mayChange?: (() => boolean) | undefined;
  /** Stop at the first damage: `readFlows` rejects with a `DamageError`, and `onDamage` is not called. */
  strict?: boolean;
  /** Called for all damage; reading continues after it. A newer version is reported once. */
  onDamage: (damage: Damage) => void;
  /** Receives each member that was left out of a flow, with its place. */
  onOmission?: (message: string) => void;
}

export interface ReadSummary {
  flows: number;
  /** Of these, flows found after damage that may be the content of a body. */
  recovered: number;
  /** Of these, flows of the journal beside the file: they were in progress when the recording was interrupted. */
  incomplete?: number;
  /** Records of an unknown kind, or flows of an unknown type. They were skipped. */
  unknown: number;
  /** Number of damaged places. Bodies count only if they were read. */
  damaged: number;
  /** One line on data that was left out of flows, or not kept by the program that wrote them. */
  omitted?: string | undefined;
}
