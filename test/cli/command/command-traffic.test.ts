import t from 'tap';
import { CommandTraffic } from '../../../src/cli/command/command-traffic.js';

function warningAfter(connections: number, flows: number, passesThrough = false): string | undefined {
  const traffic = new CommandTraffic(passesThrough);
  for (let count = 0; count < connections; count++) traffic.clientConnected();
  for (let count = 0; count < flows; count++) traffic.flowEnd();
  return traffic.warning;
}

t.match(warningAfter(0, 0), /did not connect to the proxy/);
t.match(warningAfter(2, 0), /2 connections to the proxy, but no request/);
t.equal(warningAfter(2, 1), undefined);
t.equal(warningAfter(0, 1), undefined, 'a script has replayed a request');
t.equal(warningAfter(2, 0, true), undefined, 'passed through');
t.match(warningAfter(0, 0, true), /did not connect/);
