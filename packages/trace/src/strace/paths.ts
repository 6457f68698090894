/**
 * Names as absolute, normalised paths, by their text alone: `.` and `..` are resolved, symbolic
 * links are not, because a trace does not show where they lead.
 */

/** `name`, taken relative to the absolute directory `base`. */
export function resolvePath(base: string, name: string): string {
  if (name.startsWith('/')) return isPlain(name) ? name : normalise(name);
  if (name === '') return base;
  return normalise(`${base}/${name}`);
}

/** Whether nothing would change: no empty, `.` or `..` part, no slash at the end. */
function isPlain(path: string): boolean {
  if (path.length > 1 && path.endsWith('/')) return false;
  return !path.includes('//') && !path.includes('/.');
}

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Whether `path` is `directory` or below it. */
export function isUnder(path: string, directory: string): boolean {
  if (!path.startsWith(directory)) return false;
  return path.length === directory.length || directory === '/' || path[directory.length] === '/';
}
