import { many, one, optional } from '../definition.js';
import { bool, certificateSpec, choice, int, path, str } from './types.js';

const version = choice(['UNBOUNDED', 'SSL3', 'TLS1', 'TLS1_1', 'TLS1_2', 'TLS1_3'], 'VERSION');

/** The certificate authority, and TLS to clients and servers. */
export const tlsOptions = {
  ssl_insecure: one(bool, false, {
    help: 'Do not verify the certificates of servers.',
    flag: true,
    short: 'k',
  }),
  ssl_legacy_server_connect: one(bool, false, {
    help: 'Connect to servers without secure renegotiation (RFC 5746), too. ssl_insecure does so by itself.',
  }),
  ssl_verify_upstream_trusted_ca: one(path, '', {
    help: "PEM file with certificate authorities to trust for servers beside Node's own.",
  }),
  ssl_verify_upstream_trusted_confdir: one(path, '', {
    help: "Folder of PEM files with certificate authorities to trust for servers beside Node's own, such as /etc/ssl/certs.",
  }),
  upstream_cert: one(bool, true, {
    help: "Copy the names from the server's certificate into the one that the client is shown.",
  }),
  key_size: one(int(1024, 16384, 'BITS'), 2048, { help: 'Bits of the RSA key of a new certificate authority.' }),
  cert_passphrase: optional(str, {
    help: 'Passphrase of the encrypted keys of the certificate authority, of certs and of client_certs.',
    flag: true,
    metavar: 'PASS',
  }),
  certs: many(certificateSpec, [], {
    help: 'Certificate of your own, [DOMAIN=]PATH, that clients are shown for a domain (or *.domain; without one, for all) and for the names in it. The PEM file holds its chain and its key too.',
    flag: true,
    metavar: '[DOMAIN=]PATH',
  }),
  add_upstream_certs_to_client_chain: one(bool, false, {
    help: 'Send clients the certificates of the server too, behind the one that is made for them. Needs upstream_cert.',
  }),
  client_certs: optional(path, {
    help: 'PEM file with certificate and key for servers that ask for one, or a folder with a NAME.pem for each server.',
  }),
  request_client_cert: one(bool, false, {
    help: 'Ask clients for a certificate. Any is accepted and recorded, and so is none.',
  }),
  onboarding: one(bool, true, { help: 'Serve the certificate of the CA to clients of the proxy at onboarding_host.' }),
  onboarding_host: one(str, 'mitm.it', { help: 'Host at which clients of the proxy get the certificate of the CA.' }),
  tls_version_client_min: one(version, 'TLS1_2', { help: 'The lowest TLS version that clients may speak.' }),
  tls_version_client_max: one(version, 'UNBOUNDED', { help: 'The highest TLS version that clients may speak.' }),
  tls_version_server_min: one(version, 'TLS1_2', { help: 'The lowest TLS version for servers.' }),
  tls_version_server_max: one(version, 'UNBOUNDED', { help: 'The highest TLS version for servers.' }),
  tls_ecdh_curve_client: optional(str, {
    help: 'Curve for the key exchange with clients, as OpenSSL names it, such as X25519 or prime256v1; several with colons between them.',
    metavar: 'CURVE',
  }),
  tls_ecdh_curve_server: optional(str, { help: 'The same for the key exchange with servers.', metavar: 'CURVE' }),
  ciphers_client: one(str, '', { help: "Ciphers for clients as an OpenSSL list. Empty: Node's own list." }),
  ciphers_server: one(str, '', { help: "Ciphers for servers as an OpenSSL list. Empty: Node's own list." }),
};
