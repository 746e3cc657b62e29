import t from 'tap';
import type { WantedConnection } from '../../../../src/engine/index.js';
import { parseMapping, parseTarget } from '../../../../src/replay/client/destination/target.js';
import { Targets } from '../../../../src/replay/client/destination/targets.js';
import { type TestRequest, testRequest } from '../support.js';

interface Options {
  to?: string;
  map?: string[];
  anywhere?: boolean;
}

function make({ to, map = [], anywhere = false }: Options): Targets {
  return new Targets({ to: to === undefined ? undefined : parseTarget(to), mappings: map.map(parseMapping), anywhere });
}

const CASES: [name: string, options: Options, request: TestRequest, expected: string][] = [
  ['all to one', { to: 'http://s' }, {}, 's:80'],
  ['by host', { map: ['api.example=http://s'] }, {}, 's:80'],
  ['by host, case and final dot', { map: ['API.example=http://s'] }, { host: 'Api.Example.' }, 's:80'],
  ['by host and port', { map: ['api.example:80=http://s'] }, {}, 's:80'],
  ['another port', { map: ['api.example:81=http://s'] }, {}, 'refused'],
  ['the port decides', { map: ['api.example=http://s', 'api.example:80=http://p'] }, {}, 'p:80'],
  ['another host', { map: ['x.api.example=http://s', 'example=http://s'] }, {}, 'refused'],
  ['a mapping wins over the rest', { to: 'http://r', map: ['api.example=http://s'] }, {}, 's:80'],
  ['the rest', { to: 'http://r', map: ['b=http://s'] }, {}, 'r:80'],
  ['the recorded server', { anywhere: true }, {}, 'recorded'],
  ['mapped although anywhere', { anywhere: true, map: ['api.example=http://s'] }, {}, 's:80'],
  ['a redirected connection, by its name', { map: ['api.example=http://s'] }, { host: '10.0.0.1' }, 's:80'],
  ['a redirected connection, by its address', { map: ['10.0.0.1=http://s'] }, { host: '10.0.0.1' }, 's:80'],
  [
    'the port that the client named',
    { map: ['api.example:8080=http://s'] },
    { host: '10.0.0.1', port: 1, fields: 'Host: api.example:8080\r\n' },
    's:80',
  ],
  [
    'the authority of HTTP/2',
    { map: ['api.example:443=http://s'] },
    { scheme: 'https', host: '10.0.0.1', port: 443, fields: '', authority: 'api.example', httpVersion: 'HTTP/2.0' },
    's:80',
  ],
];

for (const [name, options, request, expected] of CASES) {
  const destination = make(options).of(testRequest(request));
  t.equal(typeof destination === 'string' ? destination : `${destination.host}:${destination.port}`, expected, name);
}

t.test('the permit', (t) => {
  const permit = make({ to: 'http://s:81', map: ['a=https://M.example', 'b=http://[::1]'] }).permit!;
  const refused = (host: string, port: number, isReplay = true): string | undefined =>
    permit({ address: [host, port], isReplay } as unknown as WantedConnection)?.code;
  for (const [host, port] of [
    ['s', 81],
    ['S.', 81],
    ['m.example', 443],
    ['::1', 80],
  ] as const) {
    t.equal(refused(host, port), undefined, host);
  }
  for (const [host, port] of [
    ['s', 80],
    ['a', 443],
    ['a', 80],
    ['x.m.example', 443],
    ['api.example', 80],
  ] as const) {
    t.equal(refused(host, port), 'not-permitted', `${host}:${port}`);
  }
  t.equal(refused('api.example', 80, false), undefined, 'clients of listeners are not affected');
  t.equal(make({ anywhere: true }).permit, undefined, 'anywhere');
  t.end();
});
