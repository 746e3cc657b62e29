import t from 'tap';
import { toFormat } from '../flows.js';
import { type OddRequest, oddFlow } from './odd-requests.js';

const UNSET = 'User-Agent: Accept-Encoding: Accept: Connection:';

/** `URL` stands for http://127.0.0.1:1. */
const COMMANDS: [request: OddRequest, command: string][] = [
  [{}, `http --path-as-is --ignore-stdin GET URL/ ${UNSET}`],
  [{ method: 'PUT', body: '-x' }, `http --path-as-is --ignore-stdin --raw='-x' PUT URL/ ${UNSET} Content-Type:`],
  [
    { method: 'POST', body: 'a\x00', fields: [['Content-Type', 'a/b']] },
    `printf 'a\\000' | http --path-as-is POST URL/ Content-Type:a/b ${UNSET}`,
  ],
  [
    { method: 'POST', body: 'x', chunked: true },
    `http --path-as-is --chunked --ignore-stdin --raw='x' POST URL/ ${UNSET} Content-Type:`,
  ],
  [{ path: "/it's/\xff" }, `http --path-as-is --ignore-stdin GET 'URL/it'\\''s/%FF' ${UNSET}`],
  [
    {
      fields: [
        ['A', ''],
        ['B', '@x'],
        ['C', '=y'],
        ['D', 'a:b=c@d'],
        ['Accept', '*/*'],
      ],
    },
    `http --path-as-is --ignore-stdin GET URL/ 'A;' 'B:\\@x' 'C:\\=y' D:a:b=c@d 'Accept:*/*' User-Agent: Accept-Encoding: Connection:`,
  ],
];

t.test('HTTPie commands', async (t) => {
  for (const [request, command] of COMMANDS) {
    const text = await toFormat('httpie', [oddFlow(request, 1)]);
    t.equal(text.toString(), `${command.replaceAll('URL', 'http://127.0.0.1:1')}\n`);
  }
});

t.test('fields that HTTPie cannot send are left out', async (t) => {
  const leftOut: unknown[] = [];
  const flow = oddFlow({ method: 'OPTIONS', path: '*' }, 1);
  const text = await toFormat('httpie', [flow], { onLeftOut: (one) => leftOut.push(one) });
  t.equal(text.toString(), '');
  t.same(leftOut, [flow]);
});
