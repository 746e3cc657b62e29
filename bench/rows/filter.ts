import { compileFilter } from '../../src/filters/index.js';
import { Body } from '../../src/flow/body/body.js';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { HttpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { Rounds } from '../harness/stats.js';
import type { Contender, Measurement, Row } from '../row.js';

const EXPRESSIONS = ['~d example & ~c 200 & !~u logout', '~b "user-[0-9]+7\\""'];

/** Filters on flows in memory, which excludes the cost of reading them. */
export const filter: Row = {
  name: 'filter',
  title: 'Filters over flows in memory',
  // It runs the filters of this tree, in this process.
  comparisonRounds: 0,
  async run(bench) {
    const count = bench.quick ? 10_000 : 1_000_000;
    const flows = Array.from({ length: 1000 }, (_, index) => sampleFlow(index));
    const measurements: Measurement[] = [];
    for (const expression of EXPRESSIONS) {
      const { evaluate } = bind(expression);
      const rates = new Rounds<Contender>();
      for (let round = 0; round <= bench.rounds; round++) {
        bench.progress(`${expression}: ${round === 0 ? 'warm-up' : `round ${round}`}`);
        let matched = 0;
        const start = performance.now();
        for (let at = 0; at < count; at++) if (evaluate(flows[at % flows.length]!) === 'yes') matched++;
        const seconds = (performance.now() - start) / 1000;
        if (matched === 0 || matched === count) throw new Error(`${expression} matches ${matched} of ${count}`);
        if (round > 0) rates.add('tsdump', count / seconds);
      }
      const what = expression.replaceAll('|', '\\|');
      measurements.push({ what, unit: 'flows/s', better: 'more', values: rates.values, rounds: rates.rounds });
    }
    return { notes: [], measurements };
  },
};

function bind(expression: string) {
  const compiled = compileFilter(expression);
  return { evaluate: (flow: HttpFlow) => compiled.evaluate(flow, 'end') };
}

/** A flow of an API with a JSON answer of 1.1 KB; all bodies are loaded. */
function sampleFlow(index: number): HttpFlow {
  const host = index % 3 === 0 ? 'api.example.com' : `host-${index}.test`;
  const path = index % 7 === 0 ? `/logout?n=${index}` : `/v1/items/${index}`;
  const request = new HttpRequest({
    method: 'GET',
    scheme: 'https',
    host,
    port: 443,
    authority: '',
    path,
    httpVersion: 'HTTP/1.1',
    headers: Headers.from({ Host: host, Accept: '*/*', 'User-Agent': 'bench' }),
  });
  const content = Buffer.from(JSON.stringify({ user: `user-${index}`, filler: 'x'.repeat(1050) }));
  const headers = Headers.from({ 'Content-Type': 'application/json', 'Content-Length': String(content.length) });
  const body = Body.of(headers, undefined, content.length, true);
  body.loaded = content;
  request.body.loaded = Buffer.alloc(0);
  const flow = new HttpFlow(new ClientConnection(), new ServerConnection(), request, index);
  const statusCode = index % 5 === 0 ? 404 : 200;
  flow.response = new HttpResponse({ statusCode, reason: '', httpVersion: 'HTTP/1.1', headers, body });
  return flow;
}
