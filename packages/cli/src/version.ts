/** Version of the tool, from its package file. */
import { readFileSync } from 'node:fs';

const packageFile = new URL('../../package.json', import.meta.url);
const parsed: unknown = JSON.parse(readFileSync(packageFile, 'utf8'));

function versionOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'version' in value) {
    return String(value.version);
  }
  return '0.0.0';
}

export const VERSION: string = versionOf(parsed);
