import { type CommandResult, command } from './command.js';
import type { Host, Network } from './network.js';

/** Clients on a machine of a network that are not configured to use a proxy. */
export class UnawareClient {
  /** @param ca file with the certificate that they trust */
  constructor(
    private readonly network: Network,
    private readonly host: Host,
    private readonly ca: string,
  ) {}

  curl(...args: string[]): Promise<CommandResult> {
    return this.run(['curl', '-q', '-sS', '--max-time', '50', '--cacert', this.ca, ...args]);
  }

  /** One request over TLS, without naming the server, whose certificate must be for a name. */
  nameless(authority: string, certificateName: string, path: string): Promise<CommandResult> {
    const check = ['-verify_return_error', '-CAfile', this.ca, '-verify_hostname', certificateName];
    const input = `GET ${path} HTTP/1.1\r\nHost: nameless\r\nConnection: close\r\n\r\n`;
    return this.run(['openssl', 's_client', '-quiet', '-connect', authority, '-noservername', ...check], input);
  }

  /** Sends bytes, if the server speaks first after its greeting, and prints the response; the exit code is 1 after an error. */
  tcp(address: string, port: number, input: string, serverFirst = false): Promise<CommandResult> {
    const args = [process.execPath, '-e', SOCKET, address, String(port), serverFirst ? 'listen' : 'speak'];
    return this.run(['env', '-u', 'NODE_OPTIONS', ...args], input);
  }

  private run(line: string[], input?: string): Promise<CommandResult> {
    const [program, ...args] = this.network.command(this.host, line);
    return command(program!, args, { input });
  }
}

const SOCKET = `
  const [host, port, manners] = process.argv.slice(1);
  const socket = require('node:net').connect({ host, port, allowHalfOpen: true });
  const speak = () => process.stdin.pipe(socket);
  if (manners === 'listen') socket.once('data', speak);
  else speak();
  socket.pipe(process.stdout);
  socket.on('error', ({ code }) => {
    console.error(code);
    process.exitCode = 1;
  });`;
