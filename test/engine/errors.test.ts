import { constants } from 'node:os';
import t from 'tap';
import { socketErrorText } from '../../src/engine/errors.js';

/** An error as a socket of Node.js has it. */
const failed = (code: 'EPERM' | 'EAFNOSUPPORT' | 'ECONNREFUSED'): Error =>
  Object.assign(new Error(`connect ${code} 192.0.2.1:80 - Local (undefined:undefined)`), {
    code,
    errno: -constants.errno[code],
  });

t.test('errors of sockets for people', async (t) => {
  const cases: [error: Error, text: string][] = [
    [failed('ECONNREFUSED'), 'connection refused'],
    [failed('EPERM'), 'operation not permitted (EPERM)'],
    [failed('EAFNOSUPPORT'), 'address family not supported (EAFNOSUPPORT)'],
    [new AggregateError([failed('EPERM'), failed('ECONNREFUSED')]), 'operation not permitted (EPERM)'],
    [new Error('no connection within 5 s'), 'no connection within 5 s'],
  ];
  for (const [error, text] of cases) t.equal(socketErrorText(error), text);
});
