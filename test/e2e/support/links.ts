import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/**
 * Broken links of Markdown pages: to a file that is not among `files`, or to a missing heading.
 * @param files relative to `root`
 * @returns `PAGE: LINK`
 */
export function brokenLinks(root: string, files: readonly string[]): string[] {
  const read = (page: string) => readFileSync(join(root, page), 'utf8');
  const leads = (page: string, link: string): boolean => {
    const [path, anchor] = link.split('#') as [string, string?];
    const target = path === '' ? page : normalize(join(dirname(page), path));
    return files.includes(target) && (anchor === undefined || anchorsOf(read(target)).includes(anchor));
  };
  return files
    .filter((file) => file.endsWith('.md'))
    .flatMap((page) =>
      [...read(page).matchAll(/\]\((?![a-z]+:)([^()\s]+)\)/g)]
        .map(([, link]) => link!)
        .filter((link) => !leads(page, link))
        .map((link) => `${page}: ${link}`),
    );
}

/** The anchor that GitHub generates for a heading. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
