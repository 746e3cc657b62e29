import t from 'tap';
import { CommandTraffic } from '../../../src/cli/command/command-traffic.js';
import { plainHttpFlow } from '../../serialize/sample-flows.js';

function warningAfter(connections: number, flows: number, passesThrough = false): string | undefined {
  const traffic = new CommandTraffic(passesThrough);
  for (let count = 0; count < connections; count++) traffic.clientConnected();
  for (let count = 0; count < flows; count++) traffic.flowEnd(plainHttpFlow());
  const { warnings } = traffic;
  t.ok(warnings.length < 2);
  return warnings[0];
}

t.match(warningAfter(0, 0), /did not connect to the proxy/);
t.match(warningAfter(2, 0), /2 connections to the proxy, but no request/);
t.equal(warningAfter(2, 1), undefined);
t.equal(warningAfter(0, 1), undefined, 'a script has replayed a request');
t.equal(warningAfter(2, 0, true), undefined, 'passed through');
t.match(warningAfter(0, 0, true), /did not connect/);

{
  const traffic = new CommandTraffic(false);
  const fail = (message: string, code: string, hasResponse = false): void => {
    const flow = plainHttpFlow();
    flow.error = { message, timestamp: 0, code };
    if (!hasResponse) flow.response = undefined;
    traffic.flowEnd(flow);
  };
  fail('Could not connect to a.example:80: connection refused.', 'ECONNREFUSED');
  fail('Could not connect to b.example:80: timed out.', 'upstream-timeout');
  fail('Could not connect to a.example:80: connection refused.', 'ECONNREFUSED');
  fail('The client left.', 'client-disconnected');
  fail('Certificate verify failed.', 'certificate-rejected');
  fail('The server left inside the response.', 'truncated', true);
  t.same(
    traffic.warnings,
    [
      '2 requests failed. Could not connect to a.example:80: connection refused.',
      '1 request failed. Could not connect to b.example:80: timed out.',
    ],
    'servers that do not respond are named once each',
  );
  for (let number = 0; number < 20; number++) fail(`Could not connect to ${number}.example:80.`, 'ENOTFOUND');
  t.equal(traffic.warnings.length, 11);
  t.equal(traffic.warnings.at(-1), '12 other requests failed.');
}
