import { many, one, optional } from '../definition.js';
import { noProxy } from '../types/network-types.js';
import { bool, choice, int, path } from '../types/types.js';

/** Running a command under the proxy, and announcing to other programs that the proxy is ready. */
export const commandOptions = {
  command_no_proxy: many(noProxy, [], {
    help: 'Hosts that the command after -- reaches without the proxy, as its NO_PROXY. By default there are none, so that traffic to localhost is recorded, too.',
    metavar: 'HOSTS',
  }),
  upstream_from_env: one(bool, false, {
    help: 'Reach servers through the proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name. With a command this is the default. The mode upstream has its own proxy.',
    flag: true,
  }),
  print_env: optional(choice(['sh', 'fish', 'json', 'github'], 'SHELL'), {
    help: 'Print the environment with which programs use a proxy with these options, and end. github prints lines for the file $GITHUB_ENV.',
    flag: true,
  }),
  ephemeral_ca: one(bool, false, {
    help: 'Sign with a certificate authority that exists only during this run. Its key stays in memory.',
    flag: true,
  }),
  port_file: optional(path, {
    help: 'Write the port to this file when the proxy is ready, one line for each listener. The file is removed at the end.',
    flag: true,
  }),
  pid_file: optional(path, {
    help: 'Write the process ID to this file when the proxy is ready. The file is removed at the end.',
    flag: true,
  }),
  ready_fd: optional(int(1, 65535, 'FD'), {
    help: 'Write a line of JSON with addresses, ca and pid to this file descriptor when the proxy is ready, and close it.',
    flag: true,
  }),
};
