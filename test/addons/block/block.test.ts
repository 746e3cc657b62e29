import t from 'tap';
import { Block } from '../../../src/addons/block/block.js';
import { ClientConnection } from '../../../src/flow/connection.js';

t.test('addresses that are accepted and blocked', (t) => {
  const cases: [address: string, blockGlobal: boolean, blockPrivate: boolean, option: string | undefined][] = [
    ['8.8.8.8', true, false, 'block_global'],
    ['8.8.8.8', false, true, undefined],
    ['192.168.1.2', true, false, undefined],
    ['192.168.1.2', false, true, 'block_private'],
    ['::ffff:192.168.1.2', false, true, 'block_private'],
    ['100.64.0.1', true, true, undefined],
    ['127.0.0.1', true, true, undefined],
    ['::1', true, true, undefined],
    ['2606:4700::1111', true, false, 'block_global'],
    ['fe80::1%eth0', true, true, 'block_private'],
  ];
  for (const [address, blockGlobal, blockPrivate, option] of cases) {
    const client = new ClientConnection();
    client.peer = [address, 5000];
    new Block({ blockGlobal, blockPrivate }).clientConnected(client);
    if (option) t.match(client.error, new RegExp(`${option} is set`), address);
    else t.equal(client.error, undefined, address);
  }
  t.end();
});
