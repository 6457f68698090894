/** Every personality. Adding one is one file and one entry; a family alone means its newest. */
import { ConfigError, nearestName } from '@daxsim/sim';
import type { Personality } from '../personality.js';
import { ext4Dax61, ext4Dax612 } from './ext4-dax.js';
import { ext4Pagecache61, ext4Pagecache612 } from './ext4-pagecache.js';
import { fusePagecache514, fusePagecache612, nfsPagecache612 } from './fuse-pagecache.js';
import { strictDax } from './strict-dax.js';
import { virtiofs612 } from './virtiofs.js';
import { xfsDax61, xfsDax612 } from './xfs-dax.js';
import { xfsPagecache61, xfsPagecache612 } from './xfs-pagecache.js';
import { xfsDaxReflink61, xfsDaxReflink612 } from './xfs-dax-reflink.js';

/** Newest first within a family. */
export const PERSONALITIES: readonly Personality[] = [
  xfsDax612,
  xfsDax61,
  ext4Dax612,
  ext4Dax61,
  xfsPagecache612,
  xfsPagecache61,
  ext4Pagecache612,
  ext4Pagecache61,
  strictDax,
  xfsDaxReflink612,
  xfsDaxReflink61,
  fusePagecache612,
  fusePagecache514,
  nfsPagecache612,
  virtiofs612,
];

/** The personality `family@kernel`, or the newest of `family`. Throws `ConfigError`. */
export function personality(name: string): Personality {
  const found = PERSONALITIES.find(
    (candidate) => candidate.name === name || candidate.name.startsWith(`${name}@`),
  );
  if (found !== undefined) return found;
  const names = PERSONALITIES.map((candidate) => candidate.name);
  throw new ConfigError({
    where: 'personality',
    found: `unknown personality "${name}"`,
    allowed: `one of ${names.join(', ')}`,
    nearest: nearestName(name, names),
  });
}
