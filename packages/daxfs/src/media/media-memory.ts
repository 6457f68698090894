/** What the media half needs of a memory: bytes now, and requests when persist events matter. */
import type { Memory } from '@daxsim/pmem';

export type MediaMemory = Pick<
  Memory,
  'peek32' | 'peekBytes' | 'peekWords' | 'poke32' | 'pokeBytes'
>;
