// Logs and changes the data of TCP connections. TCP has no message boundaries: each message is one read.
//   tsdump -s tcp.ts --mode reverse:tcp://127.0.0.1:6379
import type { LiveMessage, LoadContext, Log, TcpFlow } from 'tsdump';

let log: Log;

export function load(context: LoadContext): void {
  log = context.log;
}

export function tcpMessage({ flow, message }: { flow: TcpFlow; message: LiveMessage }): void {
  const server = flow.server.address?.join(':');
  log.info(`${message.fromClient ? 'to' : 'from'} ${server}: ${JSON.stringify(message.content.toString('latin1'))}`);
  if (message.content.includes('foo')) {
    message.content = Buffer.from(message.content.toString('latin1').replaceAll('foo', 'bar'), 'latin1');
  }
}
