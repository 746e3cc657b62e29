import { type AddressInfo, connect, createServer } from 'node:net';

/*
 * `node relay.js PORT`: a raw TCP relay to 127.0.0.1:PORT. It does the minimum of a proxy in Node, so its rate is the upper bound
 * for a proxy that also parses and records.
 */
const target = Number(process.argv[2]);

const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  client.pipe(upstream);
  upstream.pipe(client);
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
});

server.listen(0, '127.0.0.1', () => {
  console.error(`Relay listening at 127.0.0.1:${(server.address() as AddressInfo).port}.`);
});
