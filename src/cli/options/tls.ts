import { one, optional } from './definition.js';
import { bool, choice, int, path, str } from './types.js';

const version = choice(['UNBOUNDED', 'SSL3', 'TLS1', 'TLS1_1', 'TLS1_2', 'TLS1_3'], 'VERSION');

/** The certificate authority, and TLS to clients and servers. */
export const tlsOptions = {
  ssl_insecure: one(bool, false, {
    help: 'Do not verify the certificates of servers.',
    flag: true,
    short: 'k',
  }),
  ssl_verify_upstream_trusted_ca: one(path, '', {
    help: "PEM file with certificate authorities to trust for servers beside Node's own.",
  }),
  upstream_cert: one(bool, true, {
    help: "Copy the names from the server's certificate into the one that the client is shown.",
  }),
  key_size: one(int(1024, 16384, 'BITS'), 2048, { help: 'Bits of the RSA key of a new certificate authority.' }),
  cert_passphrase: optional(str, {
    help: 'Passphrase of the key of the certificate authority.',
    flag: true,
    metavar: 'PASS',
  }),
  onboarding: one(bool, true, { help: 'Serve the certificate of the CA to clients of the proxy at onboarding_host.' }),
  onboarding_host: one(str, 'mitm.it', { help: 'Host at which clients of the proxy get the certificate of the CA.' }),
  tls_version_client_min: one(version, 'TLS1_2', { help: 'The lowest TLS version that clients may speak.' }),
  tls_version_client_max: one(version, 'UNBOUNDED', { help: 'The highest TLS version that clients may speak.' }),
  tls_version_server_min: one(version, 'TLS1_2', { help: 'The lowest TLS version for servers.' }),
  tls_version_server_max: one(version, 'UNBOUNDED', { help: 'The highest TLS version for servers.' }),
  ciphers_client: one(str, '', { help: "Ciphers for clients as an OpenSSL list. Empty: Node's own list." }),
  ciphers_server: one(str, '', { help: "Ciphers for servers as an OpenSSL list. Empty: Node's own list." }),
};
