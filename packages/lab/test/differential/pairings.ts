/** Which file systems of this machine ours are held against, and whether that is possible here. */
import { HOST_EXT4, HOST_XFS, whyNot } from './host-kernel.js';
import type { Pairing } from './differential.js';

export const PAIRINGS: readonly Pairing[] = [
  {
    host: HOST_XFS,
    config: 'xfs-dax',
    abilities: { unshare: true, clone: false, refusesWhole: true },
    hasStates: true,
  },
  {
    host: HOST_EXT4,
    config: 'ext4-dax',
    abilities: { unshare: false, clone: false, refusesWhole: false },
    hasStates: false,
  },
];

/** The name of a test, with what this machine lacks for it. */
export function nameOf({ host, config }: Pairing, claim: string): string {
  const missing = whyNot(host);
  return `${config}: ${claim}${missing === null ? '' : ` (left out: ${missing})`}`;
}

export function isPossible({ host }: Pairing): boolean {
  return whyNot(host) === null;
}
