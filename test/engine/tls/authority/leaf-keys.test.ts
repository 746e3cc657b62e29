import { createPublicKey } from 'node:crypto';
import t from 'tap';
import { LeafKeys } from '../../../../src/engine/tls/authority/leaf-keys.js';

t.test('P-256 is there at once', async (t) => {
  const keys = new LeafKeys();
  const key = keys.get('ec');
  if (key instanceof Promise) return void t.fail('it is a promise');
  t.equal(keys.get('ec'), key);
  const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({
    key: key.publicKey,
    format: 'der',
    type: 'spki',
  });
  t.equal(asymmetricKeyType, 'ec');
  t.equal(asymmetricKeyDetails?.namedCurve, 'prime256v1');
  t.ok(createPublicKey(key.privatePem).export({ type: 'spki', format: 'der' }).equals(key.publicKey));
});

t.test('RSA is made once, when it is needed', async (t) => {
  const keys = new LeafKeys();
  const first = keys.get('rsa');
  t.type(first, Promise);
  t.equal(keys.get('rsa'), first);
  const key = await first;
  t.equal(keys.get('rsa'), key);
  t.equal(createPublicKey(key.privatePem).asymmetricKeyDetails?.modulusLength, 2048);
});
