import t from 'tap';
import type { StatisticsReport } from '../../../src/addons/statistics/report.js';
import { StatisticsTable } from '../../../src/addons/statistics/table.js';
import type { Count, Counts } from '../../../src/addons/statistics/tally.js';
import { plainStyles, type Styles } from '../../../src/terminal/styles.js';

const NONE = { count: 0, bytes: 0, errors: 0 };
const counts = (...names: [name: string, count: number, bytes?: number, errors?: number][]): Counts => ({
  names: names.map(([name, count, bytes = 0, errors = 0]): Count => ({ name, count, bytes, errors, missed: 0 })),
  others: NONE,
});
const latency = { count: 3, p50: 0.01, p90: 0.2, p95: 0.2, p99: 0.2, max: 0.25, relativeError: 0 };

const REPORT: StatisticsReport = {
  version: 1,
  flows: 4,
  errors: 1,
  types: { http: 3, tcp: 1, udp: 0, dns: 0 },
  webSockets: 1,
  time: { first: 1_700_000_000.25, last: 1_700_000_100, seconds: 99.75 },
  connections: { clients: { count: 2, exact: true }, servers: { count: 20_000, exact: false } },
  bytes: { requestBodies: 10, responseBodies: 2048, messages: 5, stored: 2063 },
  messages: 2,
  hosts: counts(['a.example', 3, 2058, 1], ['b.example:22', 1, 5]),
  tls: { clients: counts(['TLSv1.3', 3], ['none', 1]), servers: counts(['none', 4]) },
  http: {
    methods: counts(['GET', 3]),
    versions: counts(['HTTP/1.1', 3]),
    statusClasses: { '1xx': 1, '2xx': 1, '3xx': 0, '4xx': 0, '5xx': 0, other: 0, none: 1 },
    statuses: counts(['101', 1], ['200', 1]),
    contentTypes: counts(['text/html', 1, 2048]),
    grpcStatuses: counts(),
    latency: { firstByte: latency, total: { ...latency, relativeError: 0.005 } },
    slowest: [
      {
        id: '1',
        method: 'GET',
        url: 'http://a.example/',
        status: 200,
        error: null,
        began: 1,
        seconds: 0.25,
        bytes: 2048,
      },
      {
        id: '2',
        method: 'GET',
        url: 'http://a.example/x',
        status: null,
        error: 'reset',
        began: 1,
        seconds: 0.2,
        bytes: 0,
      },
    ],
    largest: [
      {
        id: '3',
        method: 'GET',
        url: 'http://a.example/ws',
        status: 101,
        error: null,
        began: 1,
        seconds: null,
        bytes: 9,
      },
    ],
  },
};

const TEXT = `flows        4 (http 3, tcp 1, of these WebSocket 1)
errors       1
time         2023-11-14T22:13:20.250Z to 2023-11-14T22:15:00.000Z (1 min 40 s)
connections  2 from clients, ~20000 to servers
bytes        requests 10b, responses 2.0k, 2 messages 5b; stored 2.0k

host          flows  errors  bytes
a.example         3       1   2.0k
b.example:22      1       0     5b

method  flows  errors  bytes
GET         3       0     0b

class        flows
1xx              1
2xx              1
no response      1

status  flows  errors  bytes
101         1       0     0b
200         1       0     0b

version   flows  errors  bytes
HTTP/1.1      3       0     0b

content type  flows  errors  bytes
text/html         1       0   2.0k

latency        flows      p50      p90      p95      p99     max
to first byte      3  10.0 ms   200 ms   200 ms   200 ms  250 ms
total              3  ~10.0 ms  ~200 ms  ~200 ms  ~200 ms  250 ms

slowest requests
  time  status  bytes  request
250 ms  200      2.0k  GET http://a.example/
200 ms  -          0b  GET http://a.example/x (reset)

largest requests
time  status  bytes  request
   -  101        9b  GET http://a.example/ws

client TLS  flows  errors  bytes
TLSv1.3         3       0     0b
none            1       0     0b

server TLS  flows  errors  bytes
none            4       0     0b
`;

t.test('all of it', async (t) => {
  const text = new StatisticsTable(plainStyles, undefined).print(REPORT);
  t.equal(text.replace(/ +/g, ' '), TEXT.replace(/ +/g, ' '));
  t.match(text, /^host {10}flows {2}errors {2}bytes\na\.example {9}3 {7}1 {3}2\.0k$/m, 'aligned');
});

t.test('many names', async (t) => {
  const names = Array.from({ length: 14 }, (_, at): [string, number, number, number] => [`host${at}`, 100 - at, 10, 1]);
  const hosts = { ...counts(...names), others: { count: 7, bytes: 70, errors: 0 } };
  hosts.names[2]!.missed = 3;
  const lines = new StatisticsTable(plainStyles, undefined).print({ ...REPORT, hosts }).split('\n');
  const start = lines.findIndex((line) => line.startsWith('host '));
  const section = lines.slice(start, start + 14).map((line) => line.replace(/ +/g, ' '));
  t.same(section.slice(1, 4), ['host0 100 1 10b', 'host1 99 1 10b', 'host2 ≥ 98 1 10b']);
  t.same(section.slice(10), ['host9 91 1 10b', '(4 more) 354 4 40b', '(others) 7 0 70b', '']);
});

t.test('without flows', async (t) => {
  const none = { ...REPORT, flows: 0, errors: 0, types: { http: 0, tcp: 0, udp: 0, dns: 0 } };
  const time = { first: null, last: null, seconds: 0 };
  const text = new StatisticsTable(plainStyles, undefined).print({ ...none, time });
  t.match(text, /^flows {8}0\nerrors {7}0\ntime {9}unknown\n/);
  t.equal(text.split('\n').length, 6);
});

t.test('without HTTP', async (t) => {
  const text = new StatisticsTable(plainStyles, undefined).print({
    ...REPORT,
    types: { http: 0, tcp: 4, udp: 0, dns: 0 },
    tls: { clients: counts(['none', 4]), servers: counts(['none', 4]) },
  });
  t.notMatch(text, /method|latency|slowest|TLS/);
});

t.test('on a terminal: colours, and URLs cut to its width', async (t) => {
  const loud = Object.fromEntries(
    Object.keys(plainStyles).map((name) => [name, (text: string) => `<${name} ${text}>`]),
  );
  const slowest = [{ ...REPORT.http.slowest[0]!, url: `http://a.example/${'x'.repeat(200)}` }];
  const http = { ...REPORT.http, slowest };
  const text = new StatisticsTable(loud as unknown as Styles, 90).print({ ...REPORT, http });
  t.match(text, /<bad 1>/);
  t.match(text, /<good 200>/);
  t.match(text, /<name host>/);
  t.match(text, /GET http:\/\/a\.example\/x+…\n/);
});
