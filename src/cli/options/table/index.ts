import type { OptionDefinition } from '../definition.js';
import { captureOptions } from './capture.js';
import { checkOptions } from './checks.js';
import { commandOptions } from './command.js';
import { displayOptions } from './display.js';
import { limitOptions } from './limits.js';
import { accessOptions, passthroughOptions, proxyOptions } from './proxy.js';
import { redactionOptions } from './redaction.js';
import { clientReplayOptions } from './replay/client.js';
import { compareOptions } from './replay/compare.js';
import { serverReplayOptions } from './replay/server.js';
import { sessionOptions } from './replay/session.js';
import { rewritingOptions, scriptOptions } from './rewriting.js';
import { serverOptions } from './servers.js';
import { tlsOptions } from './tls.js';

/** All options, in the groups and order of help and docs. Names are those of mitmproxy if it has the option. */
export const OPTION_GROUPS = [
  { title: 'Reading and writing', options: captureOptions },
  { title: 'Proxy', options: proxyOptions },
  { title: 'Servers', options: serverOptions },
  { title: 'Access', options: accessOptions },
  { title: 'Passthrough', options: passthroughOptions },
  { title: 'TLS', options: tlsOptions },
  { title: 'Changing traffic', options: rewritingOptions },
  { title: 'Redaction', options: redactionOptions },
  { title: 'Replay', options: { ...clientReplayOptions, ...sessionOptions } },
  { title: 'Comparing', options: compareOptions },
  { title: 'Answering from captures', options: serverReplayOptions },
  { title: 'Addons', options: scriptOptions },
  { title: 'Commands and readiness', options: commandOptions },
  { title: 'Ends and checks', options: checkOptions },
  { title: 'Display', options: displayOptions },
  { title: 'Timeouts and limits', options: limitOptions },
] as const;

type Table = typeof captureOptions &
  typeof proxyOptions &
  typeof serverOptions &
  typeof accessOptions &
  typeof passthroughOptions &
  typeof tlsOptions &
  typeof rewritingOptions &
  typeof redactionOptions &
  typeof clientReplayOptions &
  typeof sessionOptions &
  typeof compareOptions &
  typeof serverReplayOptions &
  typeof scriptOptions &
  typeof commandOptions &
  typeof checkOptions &
  typeof displayOptions &
  typeof limitOptions;

export type OptionName = keyof Table;

/** All options by name. */
export const OPTIONS: ReadonlyMap<OptionName, OptionDefinition> = new Map(
  OPTION_GROUPS.flatMap(({ options }) => Object.entries(options) as [OptionName, OptionDefinition][]),
);

type ValueOf<Definition> = Definition extends OptionDefinition<infer Value> ? Value : never;
type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** The values of all options, by their names in camelCase: `listen_port` is `listenPort`. */
export type Options = { readonly [Name in OptionName as CamelCase<Name>]: ValueOf<Table[Name]> };

export function isOptionName(name: string): name is OptionName {
  return (OPTIONS as ReadonlyMap<string, OptionDefinition>).has(name);
}

/** `listen_port` becomes `listenPort`. */
export function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
