import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Test } from 'tap';
import { type CommandOptions, type CommandResult, command, isInstalled, orSkip } from './command.js';

/** The machines of a network: one with clients, the router that runs the proxy, and one with servers. */
export type Host = 'client' | 'proxy' | 'server';

/** Their addresses, from the ranges for documentation (RFC 5737, RFC 3849); those of the servers are consecutive. */
export const CLIENT = { v4: '192.0.2.2', v6: '2001:db8:1::2' };
export const PROXY = { v4: '192.0.2.1', v6: '2001:db8:1::1' };
export const SERVER = { v4: '198.51.100.2', v6: '2001:db8:2::2' };

/**
 * Network namespaces for a test: `client` and `server` on the two sides of the router `proxy`, with the interfaces `lan` and
 * `wan`. They are removed after the test; those of a killed test are removed by the next.
 */
export class Network {
  private static count = 0;
  private readonly name = `${PREFIX}${process.pid}-${++Network.count}`;

  /** Creates the namespaces. */
  static async create(t: Test): Promise<Network> {
    removeLeftovers();
    const network = new Network();
    const remove = (): void => network.remove();
    process.once('exit', remove);
    t.teardown(() => {
      process.off('exit', remove);
      remove();
    });
    await network.build();
    return network;
  }

  /** Runs a program on one of the machines. */
  run(host: Host, program: string, args: readonly string[] = [], options?: CommandOptions): Promise<CommandResult> {
    const [ip, ...rest] = this.command(host, [program, ...args]);
    return command(ip!, rest, options);
  }

  /** The command that runs a command there. */
  command(host: Host, command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.namespace(host), ...command];
  }

  /** Runs a script of the shell, for which there is a user `tsdump`. @throws Error if it fails */
  async script(host: Host, text: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(host, 'sh', ['-e', '-c', `${WITH_USER}\n${text}`]);
    if (code !== 0) throw new Error(`On ${host}: ${text}\n${stderr}`);
    return String(stdout);
  }

  /** What `Tsdump` takes as `shell` to run on a machine, perhaps as another user. */
  shell(host: Host, user?: 'tsdump'): string {
    return `exec ${this.command(host, user ? AS_USER : []).join(' ')} "$@"`;
  }

  private namespace(host: Host): string {
    return `${this.name}-${host}`;
  }

  private async build(): Promise<void> {
    const ip = (host: Host, line: string): string => `ip -n ${this.namespace(host)} ${line}`;
    const lines = HOSTS.flatMap((host) => [`ip netns add ${this.namespace(host)}`, ip(host, 'link set lo up')]);
    const cable = (host: Host, at: string, ends: typeof CLIENT, router: typeof CLIENT): void => {
      lines.push(
        ip(host, `link add eth0 type veth peer name ${at} netns ${this.namespace('proxy')}`),
        ip(host, 'link set eth0 up'),
        ip('proxy', `link set ${at} up`),
        // Without duplicate address detection, an IPv6 address is usable at once.
        ip(host, `addr add ${ends.v4}/24 dev eth0`),
        ip(host, `addr add ${ends.v6}/64 dev eth0 nodad`),
        ip('proxy', `addr add ${router.v4}/24 dev ${at}`),
        ip('proxy', `addr add ${router.v6}/64 dev ${at} nodad`),
        ip(host, `route add default via ${router.v4}`),
        ip(host, `-6 route add default via ${router.v6}`),
      );
    };
    cable('client', 'lan', CLIENT, PROXY);
    cable('server', 'wan', SERVER, { v4: '198.51.100.1', v6: '2001:db8:2::1' });
    const { code, stderr } = await command('sh', ['-e', '-c', lines.join('\n')]);
    if (code !== 0) throw new Error(`The network could not be made: ${stderr}`);
  }

  private remove(): void {
    for (const host of HOSTS) removeNamespace(this.namespace(host));
  }
}

/** Options of a test that needs a network, and these programs. */
export function needsNetwork(...programs: string[]): { skip: string | false } {
  return orSkip(whyNoNetwork(programs));
}

const PREFIX = 'tsdump-test-';
const UID = 64_123;
/** `ip netns exec` gives each command its own mount namespace, so that this mount is private to it. */
const WITH_USER = `passwd=$(mktemp)
cat /etc/passwd > "$passwd"
echo "tsdump:x:${UID}:${UID}::/nonexistent:/bin/false" >> "$passwd"
mount --bind "$passwd" /etc/passwd
rm "$passwd"`;
/** The program keeps the right to read its files anywhere; this does not affect the network. */
const AS_USER = [
  ...['setpriv', '--reuid', String(UID), '--regid', String(UID), '--clear-groups'],
  ...['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'],
];
const HOSTS: readonly Host[] = ['client', 'proxy', 'server'];

/** Why a network with these programs cannot be created here. @param rules shell commands to try in a namespace */
export function whyNoNetwork(programs: readonly string[], rules = ''): string | false {
  if (process.platform !== 'linux') return 'network namespaces are there on Linux only';
  if (process.getuid?.() !== 0) return 'network namespaces take root';
  const missing = ['ip', ...programs].find((program) => !isInstalled(program));
  if (missing) return `${missing} is not installed`;
  const probe = `${PREFIX}${process.pid}-probe`;
  const lines = [`ip netns add ${probe}`, `ip -n ${probe} link add name probe0 type veth peer name probe1`];
  lines.push(`ip netns exec ${probe} sh -e -c "$0"`);
  const inside = `echo 1 > /proc/sys/net/ipv4/ip_forward\n${rules}`;
  const { status, stderr } = spawnSync('sh', ['-e', '-c', lines.join('\n'), inside], { encoding: 'utf8' });
  removeNamespace(probe);
  return status !== 0 && `a network namespace cannot be made: ${stderr.trim()}`;
}

function removeLeftovers(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [name, pid] of stdout.matchAll(new RegExp(`^${PREFIX}(\\d+)-\\S+`, 'gm'))) {
    if (!existsSync(`/proc/${pid}`)) removeNamespace(name);
  }
}

/** Removes a namespace with its interfaces and rules. */
function removeNamespace(name: string): void {
  spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
}
