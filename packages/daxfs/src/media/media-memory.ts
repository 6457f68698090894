/** What the media half needs of a memory: bytes now, and requests when persist events matter. */
import type { Memory } from '@daxsim/pmem';

export type MediaMemory = Pick<Memory, 'peek32' | 'peekBytes' | 'poke32' | 'pokeBytes'>;
