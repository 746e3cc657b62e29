import t from 'tap';
import { retarget } from '../../../../src/replay/client/destination/retarget.js';
import { parseMapping, parseTarget } from '../../../../src/replay/client/destination/target.js';
import { Targets } from '../../../../src/replay/client/destination/targets.js';
import { fieldsOf, type TestRequest, testRequest } from '../support.js';

interface Case {
  name: string;
  request?: TestRequest;
  to?: string;
  keepsHost?: boolean;
  map?: string[];
  url: string;
  fields: string[];
}

const FIELDS = (origin: string, referer: string): string =>
  `Host: api.example\r\nOrigin: ${origin}\r\nReferer: ${referer}\r\n`;

const CASES: Case[] = [
  { name: 'plain', url: 'http://s/x', fields: ['Host: s'] },
  { name: 'a port', to: 'http://s:81', url: 'http://s:81/x', fields: ['Host: s:81'] },
  { name: 'TLS', to: 'https://s', url: 'https://s/x', fields: ['Host: s'] },
  { name: 'IPv6', to: 'http://[::1]:8', url: 'http://[::1]:8/x', fields: ['Host: [::1]:8'] },
  { name: 'a prefix', to: 'http://s/v2', request: { path: '/x?a=/b' }, url: 'http://s/v2/x?a=/b', fields: ['Host: s'] },
  {
    name: 'a prefix and *',
    to: 'http://s/v2',
    request: { method: 'OPTIONS', path: '*' },
    url: 'http://s',
    fields: ['Host: s'],
  },
  { name: 'the host is kept', keepsHost: true, url: 'http://s/x', fields: ['Host: api.example'] },
  {
    name: 'Origin and Referer follow',
    request: { fields: FIELDS('http://api.example', 'http://api.example/page?q#f') },
    to: 'https://s:9/v2',
    url: 'https://s:9/v2/x',
    fields: ['Host: s:9', 'Origin: https://s:9', 'Referer: https://s:9/v2/page?q#f'],
  },
  {
    name: 'with another spelling',
    request: { fields: FIELDS('HTTP://API.example:80', 'http://API.example./') },
    url: 'http://s/x',
    fields: ['Host: s', 'Origin: http://s', 'Referer: http://s/'],
  },
  {
    name: 'the client knew https',
    request: { fields: FIELDS('https://api.example', 'https://api.example/') },
    url: 'http://s/x',
    fields: ['Host: s', 'Origin: http://s', 'Referer: http://s/'],
  },
  {
    name: 'those of other servers stay',
    request: { fields: FIELDS('http://other.example', 'http://api.example:3000/') },
    url: 'http://s/x',
    fields: ['Host: s', 'Origin: http://other.example', 'Referer: http://api.example:3000/'],
  },
  {
    name: 'those of mapped servers follow',
    request: { fields: FIELDS('https://app.example', 'https://app.example/a') },
    map: ['app.example=http://t:5/p'],
    url: 'http://s/x',
    fields: ['Host: s', 'Origin: http://t:5', 'Referer: http://t:5/p/a'],
  },
  {
    name: 'what is no URL stays',
    request: { fields: FIELDS('null', 'about:blank') },
    url: 'http://s/x',
    fields: ['Host: s', 'Origin: null', 'Referer: about:blank'],
  },
  {
    name: 'all stay with the host',
    keepsHost: true,
    request: { fields: FIELDS('http://api.example', 'http://api.example/') },
    url: 'http://s/x',
    fields: ['Host: api.example', 'Origin: http://api.example', 'Referer: http://api.example/'],
  },
];

for (const { name, request: parts = {}, to = 'http://s', keepsHost = false, map = [], url, fields } of CASES) {
  const request = testRequest(parts);
  const targets = new Targets({ to: undefined, mappings: map.map(parseMapping), anywhere: false });
  retarget(request, parseTarget(to), keepsHost, (host, port) => targets.forServer(host, port));
  t.equal(request.url, url, name);
  t.same(fieldsOf(request), fields, name);
}
