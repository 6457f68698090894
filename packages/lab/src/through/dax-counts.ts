/**
 * Faults and write-backs of one file, counted as the kernel's tracepoints of DAX count them, so
 * that a simulated file and a recorded one compare number by number:
 *
 *     pmdFaultsTried    dax_pmd_fault            attempts at 2 MiB, whatever became of them
 *     pteReadFaults     dax_pte_fault, reading   also the one that follows an attempt at 2 MiB
 *     pteWriteFaults    dax_pte_fault, writing   also those of a page that was mapped read-only
 *     holeLoads         dax_load_hole            read faults that found no block
 *     syncWriteFaults   dax_insert_pfn_mkwrite   MAP_SYNC faults that first forced the log
 *     writebackRanges   dax_writeback_range      calls that found anything of the file dirty
 *     writebackPages    dax_writeback_one        pages of the entries written back
 */
export interface DaxCounts {
  holeLoads: number;
  pmdFaultsTried: number;
  pteReadFaults: number;
  pteWriteFaults: number;
  syncWriteFaults: number;
  writebackPages: number;
  writebackRanges: number;
}

export function noCounts(): DaxCounts {
  return {
    holeLoads: 0,
    pmdFaultsTried: 0,
    pteReadFaults: 0,
    pteWriteFaults: 0,
    syncWriteFaults: 0,
    writebackPages: 0,
    writebackRanges: 0,
  };
}

/** The names, in the order in which they are shown. */
export const DAX_COUNT_NAMES = Object.keys(noCounts()) as readonly (keyof DaxCounts)[];
