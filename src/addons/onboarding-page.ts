/** The page with the certificate and instructions for installing it, readable on a phone. */
export function onboardingPage(host: string): string {
  const rows = STEPS.map(
    ([system, form, text]) =>
      `<section><h2>${system}</h2><p><a href="/cert/${form}">Get the certificate (.${form})</a></p><p>${text}</p></section>`,
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tsdump: install the certificate</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-bottom: 0 } section p { margin: .3rem 0 }
code { background: #eee; padding: .1em .3em; word-break: break-all }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } code { background: #333 } a { color: #8cf } }
</style>
</head>
<body>
<h1>Install the certificate of this proxy</h1>
<p>This device is connected through tsdump. To let it read HTTPS as well, make the device trust its certificate
authority. It is unique to the machine on which tsdump runs. Remove it when you no longer need it.</p>
${rows.join('\n')}
<p>On a command line: <code>curl -x PROXY http://${host}/cert/pem -o tsdump-ca-cert.pem</code>, then
<code>curl -x PROXY --cacert tsdump-ca-cert.pem https://…</code></p>
</body>
</html>
`;
}

const STEPS: readonly (readonly [system: string, form: 'pem' | 'cer' | 'p12', text: string])[] = [
  [
    'iOS',
    'pem',
    'Allow the download, then install the profile in Settings. After that, switch it on under General &rsaquo; About &rsaquo; Certificate Trust Settings.',
  ],
  [
    'Android',
    'cer',
    'Settings &rsaquo; Security &rsaquo; Encryption &amp; credentials &rsaquo; Install a certificate &rsaquo; CA certificate. Apps trust it only if they are built to.',
  ],
  [
    'Windows',
    'p12',
    'Open the file, choose Local Machine, leave the password empty, and place it in Trusted Root Certification Authorities.',
  ],
  [
    'macOS',
    'pem',
    'Open the file to add it to the keychain, then set it to Always Trust; or <code>sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain tsdump-ca-cert.pem</code>',
  ],
  [
    'Debian, Ubuntu',
    'pem',
    'Save it as <code>/usr/local/share/ca-certificates/tsdump.crt</code>, then <code>sudo update-ca-certificates</code>',
  ],
  [
    'Fedora, Red Hat',
    'pem',
    'Save it as <code>/etc/pki/ca-trust/source/anchors/tsdump.pem</code>, then <code>sudo update-ca-trust</code>',
  ],
  [
    'Firefox',
    'pem',
    'Settings &rsaquo; Privacy &amp; Security &rsaquo; View Certificates &rsaquo; Authorities &rsaquo; Import, and trust it for websites.',
  ],
];
