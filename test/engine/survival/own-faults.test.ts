import t from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { answering, OK, RawOrigin } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { until } from '../../support/until.js';
import { othersAreServed } from './support.js';

t.test('an internal error ends its connection, and is logged with its flow', async (t) => {
  const filter = {
    text: 'broken',
    needsBodies: false,
    evaluate: (flow: { request?: { path: string } }) => {
      if (flow.request?.path === '/broken') throw new Error('a bug');
      return 'no' as const;
    },
  };
  const found = await setup(t, answering(OK), {
    addons: [{ filter: filter as never, request: () => {} }],
    mayFail: true,
  });
  const { client, proxy, url } = found;
  const bystander = await proxy.connect();
  client.send(`GET ${url}/broken HTTP/1.1\r\n\r\n`);
  t.match(await client.whole(), /^HTTP\/1\.1 502 .*Internal error of the proxy/s);
  const { flow } = await proxy.http();
  t.equal(flow.error?.code, 'internal-error');
  t.equal(proxy.internalErrors.length, 1);
  t.match(proxy.internalErrors[0], new RegExp(`^Internal error in flow ${flow.id}: Error: a bug\\n`));
  bystander.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
  await bystander.has(OK);
  await othersAreServed(t, found);
});

t.test('a spool folder that cannot be written is reported, and nothing is thrown', async (t) => {
  const failures: Error[] = [];
  const spool = new SpoolPolicy({
    dir: '/no/such/folder',
    memoryPerBody: 1000,
    onFailure: (error) => failures.push(error),
  });
  const response = `HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(5000)}`;
  const found = await setup(t, answering(response), { spool });
  const { client, proxy, url } = found;
  client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
  await until(() => failures.length > 0, 'the failure');
  t.match(failures, [{ code: 'ENOENT' }]);
  const tunnel = await proxy.connect();
  const server = await RawOrigin.start(t);
  tunnel.send(`CONNECT ${server.authority} HTTP/1.1\r\n\r\n\0${'x'.repeat(5000)}`);
  await (await server.connection()).has('xxx');
  await othersAreServed(t, found);
});
