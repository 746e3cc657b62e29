/** The reason why tsdump lacks an option of mitmdump. */
type Absence = `${'planned' | 'not needed'}: ${string}`;

const NO_DNS: Absence = 'not needed: tsdump answers no DNS queries';
const LEAKED_KEY: Absence = 'not needed: clients trust the CA in confdir, not a public authority with a leaked key';
const CONSOLE: Absence = 'not needed: it is for the console interface of mitmproxy, which tsdump does not have';
const WEB: Absence = 'not needed: it is for mitmweb, and tsdump has no web interface';

/** Options of mitmdump 12 that tsdump does not have. */
export const ABSENT_OPTIONS: ReadonlyMap<string, Absence> = new Map<string, Absence>([
  ['server_replay_kill_extra', 'not needed: use server_replay_extra=kill'],
  ['server_replay_nopop', 'not needed: use server_replay_reuse'],
  ['http3', 'not needed: no mode accepts UDP, so clients fall back from HTTP/3 to TCP'],
  ['udp_hosts', 'not needed: no mode accepts UDP, so no host could match'],
  ['dns_name_servers', NO_DNS],
  ['dns_use_hosts_file', NO_DNS],
  ['strip_ech', NO_DNS],
  ['emudhra', LEAKED_KEY],
  ['emudhra_old', LEAKED_KEY],
  ['proxy_debug', 'not needed: it traces the internals of mitmproxy; use -v'],
  ['command_history', CONSOLE],
  ['commands', CONSOLE],
  ['intercept', CONSOLE],
  ['intercept_active', CONSOLE],
]);

/** Options of mitmproxy and mitmweb, which a config file may contain. */
const FAMILIES: readonly (readonly [prefix: string, Absence])[] = [
  ['console_', CONSOLE],
  ['view_', CONSOLE],
  ['web_', WEB],
];

/**
 * Explains a missing option to users of mitmdump.
 * @param name of an option, such as `map_local`
 * @returns whether it is planned or not needed, and why; undefined if mitmdump has no such option, or tsdump has it too
 */
export function absenceOf(name: string): string | undefined {
  return ABSENT_OPTIONS.get(name) ?? FAMILIES.find(([prefix]) => name.startsWith(prefix))?.[1];
}
