import { CONNECTIONS, type Http2Request, STREAMS } from '../harness/http2-load.js';
import { Rounds } from '../harness/stats.js';
import type { Contender, Row } from '../row.js';
import { GET, measureHttp2 } from './http2.js';

/** The message of the request: 1 KB, with its prefix. */
const MESSAGE = Buffer.alloc(5 + 1024);
MESSAGE.writeUInt32BE(MESSAGE.length - 5, 1);

const CALL: Http2Request = {
  open(session) {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/bench.Echo/Get',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(MESSAGE);
    return stream;
  },
  isAnswered: (fields) => fields.get('grpc-status') === '0',
};

/** Unary calls of gRPC through a reverse proxy, and requests of the row http2 through the same proxy. */
export const grpc: Row = {
  name: 'grpc',
  title: `gRPC over TLS, ${CONNECTIONS} connections with ${STREAMS} calls, messages of 1 KB`,
  async run(bench) {
    const { notes, figures } = await measureHttp2(bench, bench.comparing ? [CALL] : [CALL, GET]);
    const [{ rates, cpu }, get] = figures as [(typeof figures)[0], (typeof figures)[0] | undefined];
    const share = new Rounds<Contender>();
    for (const [contender, rounds] of Object.entries(cpu.rounds) as [Contender, number[]][]) {
      for (const [at, used] of rounds.entries()) {
        const other = get?.cpu.rounds[contender]?.[at];
        share.add(contender, other && used / other);
      }
    }
    return {
      notes,
      measurements: [
        { what: 'unary calls', unit: '/s', better: 'more', values: rates.values, rounds: rates.rounds },
        { what: 'CPU for a call', unit: 'µs', better: 'less', values: cpu.values, rounds: cpu.rounds },
        {
          what: 'CPU for a call, to that for a GET',
          unit: '×',
          better: 'less',
          values: share.values,
          rounds: share.rounds,
          // A call also has a body and trailers. As a rate: 0.8 of HTTP/2.
          goals: [{ atMost: 1.25 }],
        },
      ],
    };
  },
};
