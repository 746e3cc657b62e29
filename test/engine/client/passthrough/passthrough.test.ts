import t from 'tap';
import type { HostTest } from '../../../../src/engine/client/passthrough/passthrough.js';
import { Passthrough } from '../../../../src/engine/client/passthrough/passthrough.js';
import { Route } from '../../../../src/engine/upstream/route.js';
import type { ServerChannel } from '../../../../src/engine/upstream/server-channel.js';
import { ClientConnection, ServerConnection, type TlsSession } from '../../../../src/flow/connection.js';

const has =
  (...hosts: string[]): HostTest =>
  (host) =>
    hosts.includes(host);

interface Situation {
  host?: string;
  peer?: string;
  viaParent?: boolean;
  /** Of TLS that is already there. */
  sni?: string;
  /** That the client gives now. */
  name?: string;
}

function situation({ host = 'example.com', peer, viaParent, sni }: Situation): [ClientConnection, Route] {
  const client = new ClientConnection();
  if (sni) client.tls = { sni } as TlsSession;
  const connection = new ServerConnection();
  if (peer) connection.peer = [peer, 443];
  if (viaParent) connection.via = { scheme: 'http', address: ['parent', 3128] };
  const ready = peer ? ({ connection } as ServerChannel) : undefined;
  return [client, new Route({ scheme: 'http', host, port: 443 }, () => Promise.reject(), { ready })];
}

t.test('allow is checked before ignore, each with all names of a host', (t) => {
  const cases: [allow: string[] | undefined, ignore: string[] | undefined, Situation, ignored: boolean][] = [
    [undefined, undefined, {}, false],
    [undefined, ['example.com:443'], {}, true],
    [undefined, ['example.com:80'], {}, false],
    [undefined, ['192.0.2.1:443'], { peer: '192.0.2.1' }, true],
    [undefined, ['192.0.2.1:443'], { peer: '192.0.2.1', viaParent: true }, false],
    [undefined, ['::1:443'], { host: '::1' }, true],
    [undefined, ['www.test:443'], { name: 'www.test' }, true],
    [undefined, ['www.test:80'], { name: 'www.test:80' }, true],
    [undefined, ['www.test:443'], { name: 'www.test:80' }, false],
    [undefined, ['sni.test:443'], { sni: 'sni.test', name: 'host.test' }, true],
    [undefined, ['example.com:443'], { host: 'example.com.' }, true],
    [undefined, ['www.test:443'], { name: 'www.test.' }, true],
    [undefined, ['www.test:80'], { name: 'www.test.:80' }, true],
    [undefined, ['sni.test:443'], { sni: 'sni.test.' }, true],
    [undefined, ['bücher.test:443'], { host: 'xn--bcher-kva.test' }, true],
    [undefined, ['xn--bcher-kva.test:443'], { host: 'xn--bcher-kva.test.' }, true],
    [undefined, ['bücher.test:80'], { name: 'xn--bcher-kva.test:80' }, true],
    [undefined, ['bücher.test:443'], { sni: 'xn--bcher-kva.test' }, true],
    [undefined, ['::1:443'], { name: '::1' }, true],
    [undefined, ['::1:80'], { name: '[::1]:80' }, true],
    [undefined, ['not a name'], { name: 'not a name' }, true],
    [['example.com:443'], undefined, {}, false],
    [['bücher.test:443'], undefined, { host: 'xn--bcher-kva.test.' }, false],
    [['other.test:443'], undefined, {}, true],
    [['www.test:443'], undefined, { host: '192.0.2.1', name: 'www.test' }, false],
    [['sni.test:443'], undefined, { host: '192.0.2.1', sni: 'sni.test' }, false],
    [['example.com:443'], ['example.com:443'], {}, true],
    [['example.com:443'], ['www.test:443'], { name: 'www.test' }, true],
  ];
  for (const [allow, ignore, facts, ignored] of cases) {
    const rules = { allow: allow && has(...allow), ignore: ignore && has(...ignore), tcp: undefined };
    const passthrough = new Passthrough(allow || ignore ? rules : undefined);
    t.equal(passthrough.isIgnored(...situation(facts), facts.name), ignored, JSON.stringify([allow, ignore, facts]));
    t.equal(passthrough.asksForNames, Boolean(allow || ignore));
  }
  t.end();
});

t.test('hosts that are ignored regardless of the client', (t) => {
  const cases: [allow: string[] | undefined, ignore: string[] | undefined, ignored: boolean][] = [
    [undefined, ['example.com:443'], true],
    [undefined, ['www.test:443'], false],
    [['example.com:443'], ['example.com:443'], true],
    [['other.test:443'], undefined, false],
  ];
  for (const [allow, ignore, ignored] of cases) {
    const rules = { allow: allow && has(...allow), ignore: ignore && has(...ignore), tcp: undefined };
    t.equal(new Passthrough(rules).isIgnoredAnyway(...situation({})), ignored, JSON.stringify([allow, ignore]));
  }
  t.end();
});

t.test('tcp_hosts match hosts without ports', (t) => {
  const passthrough = new Passthrough({ allow: undefined, ignore: undefined, tcp: has('raw.test') });
  t.ok(passthrough.isTcp(...situation({ host: 'raw.test' })));
  t.ok(passthrough.isTcp(...situation({ sni: 'raw.test' })));
  t.ok(passthrough.isTcp(...situation({}), 'raw.test'));
  t.ok(passthrough.isTcp(...situation({ host: 'raw.test.' })));
  t.ok(passthrough.isTcp(...situation({}), 'raw.test.'));
  const unicode = new Passthrough({ allow: undefined, ignore: undefined, tcp: has('bücher.test') });
  t.ok(unicode.isTcp(...situation({ host: 'xn--bcher-kva.test.' })));
  t.ok(unicode.isTcp(...situation({}), 'xn--bcher-kva.test'));
  t.notOk(passthrough.isTcp(...situation({ peer: 'raw.test', name: 'raw.test' })));
  t.notOk(new Passthrough(undefined).isTcp(...situation({ host: 'raw.test' })));
  t.end();
});
