import { many, one, optional } from '../definition.js';
import { bool, certificateSpec, choice, int, path, str } from '../types/types.js';

const version = choice(['UNBOUNDED', 'SSL3', 'TLS1', 'TLS1_1', 'TLS1_2', 'TLS1_3'], 'VERSION');

/** The certificate authority, and TLS to clients and servers. */
export const tlsOptions = {
  ssl_insecure: one(bool, false, {
    help: 'Do not verify the certificates of servers.',
    flag: true,
    short: 'k',
  }),
  ssl_legacy_server_connect: one(bool, false, {
    help: 'Also connect to servers without secure renegotiation (RFC 5746). Included in ssl_insecure.',
  }),
  ssl_verify_upstream_trusted_ca: optional(path, {
    help: "PEM file with certificate authorities to trust for servers, in addition to Node's own.",
  }),
  ssl_verify_upstream_trusted_confdir: optional(path, {
    help: "Folder of PEM files with certificate authorities to trust for servers, in addition to Node's own, such as /etc/ssl/certs.",
  }),
  upstream_cert: one(bool, true, {
    help: "Copy the names of the server's certificate into the certificate for the client.",
  }),
  key_size: one(int(1024, 16384, 'BITS'), 2048, {
    help: 'Size in bits of the RSA key of a new certificate authority.',
  }),
  cert_passphrase: optional(str, {
    help: 'Passphrase of the encrypted keys of the certificate authority, certs and client_certs.',
    flag: true,
    metavar: 'PASS',
  }),
  certs: many(certificateSpec, [], {
    help: 'Your own certificate for clients, [DOMAIN=]PATH, for a domain, *.domain or, without a domain, every server, and for the names in it. The PEM file also holds its chain and its key.',
    flag: true,
    metavar: '[DOMAIN=]PATH',
  }),
  add_upstream_certs_to_client_chain: one(bool, false, {
    help: "Append the server's certificates to the chain that is sent to clients. Needs upstream_cert.",
  }),
  client_certs: optional(path, {
    help: 'PEM file with certificate and key for servers that request a client certificate, or a folder with a NAME.pem for each server.',
  }),
  request_client_cert: one(bool, false, {
    help: 'Request a certificate from clients. Any certificate is accepted and recorded. Clients without one are accepted, too.',
  }),
  onboarding: one(bool, true, { help: 'Serve the CA certificate to clients of the proxy at onboarding_host.' }),
  onboarding_host: one(str, 'mitm.it', {
    help: 'Host name at which clients of the proxy can download the CA certificate.',
  }),
  tls_version_client_min: one(version, 'TLS1_2', { help: 'Lowest TLS version for clients.' }),
  tls_version_client_max: one(version, 'UNBOUNDED', { help: 'Highest TLS version for clients.' }),
  tls_version_server_min: one(version, 'TLS1_2', { help: 'Lowest TLS version for servers.' }),
  tls_version_server_max: one(version, 'UNBOUNDED', { help: 'Highest TLS version for servers.' }),
  tls_ecdh_curve_client: optional(str, {
    help: "Curves for the key exchange with clients, by OpenSSL's names, separated by colons, such as X25519 or prime256v1.",
    metavar: 'CURVE',
  }),
  tls_ecdh_curve_server: optional(str, { help: 'The same for the key exchange with servers.', metavar: 'CURVE' }),
  ciphers_client: optional(str, { help: "Ciphers for clients, as an OpenSSL list. The default is Node's own list." }),
  ciphers_server: optional(str, { help: "Ciphers for servers, as an OpenSSL list. The default is Node's own list." }),
};
