import { Socket } from 'node:net';
import { getHeapSpaceStatistics } from 'node:v8';
import t from 'tap';
import { prepareSocketOptions } from '../../../src/engine/net/socket-options.js';

const SOCKETS = 1000;
const TRIES = 9;
/** Bytes of the old generation for a socket; hidden classes of its own take more than a thousand. */
const LIMIT = 600;

t.test('sockets do not get hidden classes of their own', async (t) => {
  prepareSocketOptions();
  const tries = Array.from({ length: TRIES }, () => {
    const before = oldBytes();
    for (let count = 0; count < SOCKETS; count++) new Socket({ allowHalfOpen: true });
    return (oldBytes() - before) / SOCKETS;
  });
  // A collection frees or promotes other objects in one of the tries.
  const median = tries.sort((a, b) => a - b)[TRIES >> 1]!;
  t.ok(median < LIMIT, `${median} bytes for a socket`);
});

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')!.space_used_size;
}
