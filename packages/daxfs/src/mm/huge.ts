/** Sizes of translations, in pages of 4 KiB, as x86-64 page tables have them. */

/** One entry of a page middle directory: 2 MiB. */
export const HUGE_PAGES = 512;
export const HUGE_SHIFT = 9;
/** One entry of a page upper directory: 1 GiB. */
export const LARGEST_PAGES = 262144;
export const LARGEST_SHIFT = 18;

/** First page of the 2 MiB of a file that holds `page`. */
export function hugeStart(page: number): number {
  return page - (page % HUGE_PAGES);
}
