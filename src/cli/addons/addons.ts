import { Dumper } from '../../addons/dumper.js';
import { type CertificateForms, Onboarding } from '../../addons/onboarding.js';
import { Save } from '../../addons/save.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { Definitions } from '../../protobuf/definitions/definitions.js';
import type { FlowWriter } from '../../serialize/output/writer.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { Filters } from '../filters.js';
import type { Options } from '../options/table/index.js';

/** Dependencies of the addons. */
export interface AddonParts {
  options: Options;
  filters: Filters;
  /** Writers of the outputs. */
  writers: readonly FlowWriter[];
  /** The terminal for readable output. */
  display: Terminal;
  /** The CA certificate for clients; undefined without a proxy. */
  certificate: CertificateForms | undefined;
  /** Access control and blocking; called before all others. */
  access: readonly Addon[];
  /** Addons that rewrite flows; called before scripts. */
  rewriting: readonly Addon[];
  /** Addons that answer requests in place of servers; called after scripts. */
  serverReplay: readonly Addon[];
  /** Definitions of messages of Protobuf. */
  definitions: Definitions | undefined;
}

/** The built-in addons, in the order in which their hooks are called; scripts come in between. */
export interface BuiltInAddons {
  beforeScripts: Addon[];
  afterScripts: Addon[];
}

export async function makeAddons(parts: AddonParts): Promise<BuiltInAddons> {
  const { options, filters, writers, display, certificate, access, rewriting, serverReplay, definitions } = parts;
  const beforeScripts: Addon[] = [...access];
  if (certificate && options.onboarding) beforeScripts.push(new Onboarding(options.onboardingHost, certificate));
  beforeScripts.push(...rewriting);
  const addons: Addon[] = [...serverReplay];
  if (!options.keepAltSvcHeader && options.mode.some((mode) => /^reverse:/i.test(mode))) {
    const { AltSvc } = await import('../../addons/alt-svc.js');
    addons.push(new AltSvc());
  }
  for (const writer of writers) addons.push(new Save(writer, filters.save));
  if (options.flowDetail > 0 && !display.discards) {
    const { flowDetail: detail, showhost: showHost, contentViewLinesCutoff: linesCutoff } = options;
    const contentView = options.dumperDefaultContentview;
    addons.push(
      new Dumper({ ...display, detail, showHost, linesCutoff, contentView, filter: filters.dump, definitions }),
    );
  }
  if (options.stat || options.statJson) {
    const { Statistics } = await import('../../addons/statistics/statistics.js');
    const { showhost: showHost, statJson: json } = options;
    addons.push(new Statistics({ ...display, showHost, json, filter: filters.dump }));
  }
  return { beforeScripts, afterScripts: addons };
}
