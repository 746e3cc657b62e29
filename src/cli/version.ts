import { readFileSync } from 'node:fs';
import { arch, release, type } from 'node:os';

/** The output of `--version`. */
export function versionText(): string {
  const rows = [
    ['tsdump', packageVersion()],
    ['Node.js', process.version.slice(1)],
    ['OpenSSL', process.versions.openssl],
    ['Platform', `${type()} ${release()} ${arch()}`],
  ];
  return rows.map(([name, version]) => `${`${name}:`.padEnd(10)}${version}\n`).join('');
}

/** The version of tsdump. */
export function packageVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
