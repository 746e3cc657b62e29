import t from 'tap';
import type { HttpFlow } from '../../../../src/flow/flow.js';
import { HttpResponse } from '../../../../src/flow/http/http-response.js';
import { ColumnError } from '../../../../src/serialize/export/table/column.js';
import { COLUMN_NAMES, parseColumns } from '../../../../src/serialize/export/table/columns.js';
import { toFormat } from '../../flows.js';
import { oddFlow } from '../odd-requests.js';

/** Columns and the row of `sample`. */
const ROWS: [columns: string, row: string][] = [
  ['time,duration', '2024-05-02T07:08:50.123456Z,0.25'],
  ['method,url,host,port,path', 'POST,http://127.0.0.1:1/a?b=%2C,127.0.0.1,1,/a?b=%2C'],
  ['status,reason,type,size,request_size', '201,"Created, ""sort"" of",application/json,31,7'],
  ['kind,version,messages,error_message', 'http,HTTP/1.1,,'],
  ['request.headers.x-a,response.headers.set-cookie', '"1, 2","a=b, c=d"'],
  ['request.headers["X-A"],response.headers.missing', '"1, 2",'],
  ['request.method, response.status ,response.bodySize', 'POST,201,31'],
  ['request.body', '"a,b\nc""d"'],
  ['response.body.items[0].id,response.body.items[*].id', '1,"1, x"'],
  ["response.body.items,response.body['items'][-1].id", '"[{""id"":1},{""id"":""x""}]",x'],
  ['response.body$..id', '"1, x"'],
  ['client.mode,server.address,server.address[0]', 'regular,"[""srv"",2]",srv'],
  ['metadata.note,metadata.missing,comment', 'x\\u0007y,,good'],
  ['request.bodyBase64', 'YSxiCmMiZA=='],
];

for (const [columns, row] of ROWS) {
  t.test(columns, async (t) => {
    const text = (await toFormat('csv', [sample()], { columns: parseColumns(columns) })).toString();
    const [, ...lines] = text.split('\n');
    t.equal(lines.join('\n'), `${row}\n`);
  });
}

t.test('CSV and TSV', async (t) => {
  const columns = parseColumns('method,request.body,metadata.note');
  t.equal((await toFormat('csv', [], { columns })).toString(), 'method,request.body,metadata.note\n', 'titles only');
  const tsv = (await toFormat('tsv', [sample()], { columns })).toString();
  t.equal(tsv, 'method\trequest.body\tmetadata.note\nPOST\ta,b\\nc"d\tx\\u0007y\n');
});

t.test('bytes beyond ASCII', async (t) => {
  for (const [path, text] of [
    ['/ü?q=€', '/ü?q=€'],
    [Buffer.from('/\xfc', 'latin1'), '/ü'],
  ] as const) {
    const flow = sample();
    flow.request.path = Buffer.from(path as string).toString('latin1');
    const columns = parseColumns('path,url');
    const [, row] = (await toFormat('csv', [flow], { columns })).toString().split('\n');
    t.equal(row, `${text},http://127.0.0.1:1${text}`);
    const { log } = JSON.parse((await toFormat('har', [flow])).toString());
    t.same(log.entries[0].request.queryString, text.includes('q') ? [{ name: 'q', value: '€' }] : []);
  }
});

t.test('every short name', async (t) => {
  const flow = sample();
  for (const name of COLUMN_NAMES) t.not(await parseColumns(name)[0]!.value(flow), '', name);
});

t.test('names that are not columns', async (t) => {
  const cases: [list: string, offset: number][] = [
    ['methd', 0],
    ['method,,url', 7],
    ['method, urll', 8],
    ['request', 0],
    ['request.nothing', 0],
    ['request.method.x', 0],
    ['url,response.body.items[', 4],
    ['response.headers.', 0],
    ['__proto__', 0],
    ['request.__proto__', 0],
    ['', 0],
  ];
  for (const [list, offset] of cases) {
    t.throws(() => parseColumns(list), { code: 'columns.name', offset }, JSON.stringify(list));
    t.throws(() => parseColumns(list), ColumnError);
  }
});

function sample(): HttpFlow {
  const request = { method: 'POST', path: '/a?b=%2C', body: 'a,b\nc"d' };
  const flow = oddFlow(
    {
      ...request,
      fields: [
        ['X-A', '1'],
        ['X-A', '2'],
      ],
    },
    1,
  );
  flow.request.timestampStart = 1714633730.123456;
  flow.response = HttpResponse.make(201, '{"items":[{"id":1},{"id":"x"}]}', [
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Set-Cookie', 'a=b'],
    ['Set-Cookie', 'c=d'],
  ]);
  flow.response.reason = 'Created, "sort" of';
  flow.response.timestampEnd = 1714633730.373456;
  flow.server.address = ['srv', 2];
  flow.comment = 'good';
  flow.marked = ':x:';
  flow.metadata = { note: 'x\u0007y' };
  return flow;
}
