import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { trustStore } from '../../../../src/cli/command/environment/jks.js';
import { needs } from '../../../e2e/support/command.js';
import { testAuthority } from '../../../engine/tls/support.js';
import { folder, write } from '../../../support/folder.js';

t.test('Java reads the trust store', needs('keytool'), async (t) => {
  const authorities = [testAuthority(), testAuthority()];
  const ders = authorities.map(({ certificate }) => certificate.raw);
  const file = write(join(folder(t), 'trust.jks'), trustStore(ders, 'changeit', Date.UTC(2020, 0, 2)));
  const list = (password: string): string =>
    spawnSync('keytool', ['-list', '-v', '-keystore', file, '-storepass', password], { encoding: 'utf8' }).stdout;
  const text = list('changeit');
  t.equal(text.match(/Entry type: trustedCertEntry/g)?.length, 2);
  for (const { certificate } of authorities) t.match(text, certificate.fingerprint256);
  t.match(text, '2020');
  t.match(list('wrong'), 'password was incorrect', 'the digest protects it');
});
