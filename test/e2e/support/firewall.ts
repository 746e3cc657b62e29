import { isInstalled, orSkip } from './command.js';
import { whyNoNetwork } from './network.js';

const CHAIN = (hook: string, type: string, priority: string, rule: string): string => `nft -f - <<'END'
table inet tsdump {
  chain ${hook} {
    type ${type} hook ${hook} priority ${priority};
    ${rule}
  }
}
END`;

const FOR_BOTH = (rule: string): string => `iptables ${rule}\nip6tables ${rule}`;

/** One rule of each kind: if it fails, this kernel does not support it. */
const PROBES = {
  'REDIRECT by iptables': [
    FOR_BOTH('-t nat -A PREROUTING -p tcp -m addrtype ! --dst-type LOCAL -j REDIRECT --to-ports 8080'),
    FOR_BOTH('-t nat -A OUTPUT -p tcp -m owner ! --uid-owner 1 -j REDIRECT --to-ports 8080'),
    FOR_BOTH('-A FORWARD -p udp --dport 443 -j REJECT'),
  ],
  'REDIRECT by nftables': [
    CHAIN('prerouting', 'nat', 'dstnat', 'meta l4proto tcp fib daddr type != local redirect to :8080'),
    CHAIN('forward', 'filter', 'filter', 'udp dport 443 reject'),
  ],
  'TPROXY by iptables': [
    'iptables -t mangle -A PREROUTING -p tcp -j TPROXY --on-ip 127.0.0.1 --on-port 8080 --tproxy-mark 1',
    'ip6tables -t mangle -A PREROUTING -p tcp -j TPROXY --on-ip ::1 --on-port 8080 --tproxy-mark 1',
  ],
  'TPROXY by nftables': [
    CHAIN(
      'prerouting',
      'filter',
      'mangle',
      'meta nfproto ipv4 meta l4proto tcp tproxy ip to 127.0.0.1:8080 meta mark set 1 accept',
    ),
  ],
} as const;

/** Options of a test that needs a network with such rules, and programs. */
export function needsFirewall(kind: keyof typeof PROBES, ...programs: string[]): { skip: string | false } {
  const tools = kind.endsWith('nftables') ? ['nft'] : ['iptables', 'ip6tables'];
  const missing = tools.find((program) => !isInstalled(program));
  if (missing) return orSkip(`${missing} is not installed`);
  const whyNot = whyNoNetwork(programs, PROBES[kind].join('\n'));
  return orSkip(whyNot && `no ${kind}: ${whyNot}`);
}
