/**
 * What a recording of a program on a real DAX mount tells about its mapped files: which shared
 * mappings it made, and for each, in order, the page faults, msync and munmap calls.
 *
 *     sys_enter/exit_mmap ─▶ mapping (address, length, file offset, MAP_SYNC)
 *     dax_pmd_fault, dax_pte_fault ─▶ a page was loaded or stored to that had no such translation
 *     sys_enter_msync, sys_enter_munmap ─▶ the call, by the mapping that holds its first address
 *
 * A MAP_SYNC fault that allocated nothing and yet had to force the log shows that the file's
 * metadata had been changed, by a call that the recording does not hold (libpmemobj changes the
 * mode of a pool that it has made); that is a `change` before the fault.
 *
 * A fault of one page that follows an attempt at 2 MiB belongs to it. A small mapping whose first
 * fault did not try 2 MiB shares its page table with mappings beside it.
 *
 * Left out: private mappings (programs and libraries on the mount fault as well), partial
 * unmapping, address spaces of several programs in one recording.
 */
import { callResult, hexField, readKernelEvents, type KernelEvent } from '@daxsim/trace';
import { noCounts, type DaxCounts } from './dax-counts.js';

/** A shared mapping of a file. */
export interface RecordedMapping {
  readonly address: number;
  readonly length: number;
  readonly fileOffset: number;
  readonly isSync: boolean;
  /** There was a table of single pages for its addresses before its own first fault. */
  sharesTable: boolean;
  /** −1 until a fault tells. */
  inode: number;
}

/** Something that the recorded program did to mapping number `mapping`. */
export interface RecordedAct {
  readonly kind: 'load' | 'store' | 'change' | 'msync' | 'munmap';
  readonly mapping: number;
  /** From the mapping's beginning; of faults, the page's. */
  readonly offset: number;
  readonly length: number;
  /** Of msync, as Linux has them. */
  readonly flags: number;
}

export interface DaxRecording {
  readonly mappings: readonly RecordedMapping[];
  readonly acts: readonly RecordedAct[];
  /** By inode. */
  readonly counts: ReadonlyMap<number, DaxCounts>;
}

const MAP_SHARED = 1;
const MAP_ANONYMOUS = 0x20;
const MAP_SYNC = 0x80000;
const HUGE_BYTES = 2 * 1024 * 1024;
const PAGE_BYTES = 4096;
/** VM_FAULT_MAJOR and VM_FAULT_NEEDDSYNC. */
const MAJOR = 4;
const NEEDS_SYNC = 0x2000;
const fault = /\bshared (\S+) address/;

/** Reads a recording. Throws TraceError if it is none. */
export async function readDaxRecording(path: string): Promise<DaxRecording> {
  const reader = new RecordingReader();
  await readKernelEvents(path, (event) => reader.add(event));
  return reader;
}

class RecordingReader implements DaxRecording {
  readonly mappings: RecordedMapping[] = [];
  readonly acts: RecordedAct[] = [];
  readonly counts = new Map<number, DaxCounts>();
  /** By task: its mmap that has not returned. */
  private readonly calls = new Map<number, Omit<RecordedMapping, 'address'>>();
  private readonly live = new Set<number>();
  /** Address of the last attempt at 2 MiB. */
  private hugeAt = -1;
  /** Whether the last fault of a page had an attempt at 2 MiB before it. */
  private isSecondAttempt = false;

  add(event: KernelEvent): void {
    switch (event.name) {
      case 'sys_enter_mmap':
        this.beginsMapping(event);
        break;
      case 'sys_exit_mmap':
        this.mapped(event);
        break;
      case 'sys_enter_msync':
        this.act('msync', event, hexField(event, 'start'));
        break;
      case 'sys_enter_munmap':
        this.act('munmap', event, hexField(event, 'addr'));
        break;
      default:
        if (event.name.startsWith('dax_')) this.daxEvent(event);
    }
  }

  private beginsMapping(event: KernelEvent): void {
    const flags = hexField(event, 'flags');
    this.calls.delete(event.task);
    if ((flags & MAP_SHARED) === 0 || (flags & MAP_ANONYMOUS) !== 0) return;
    this.calls.set(event.task, {
      length: Math.ceil(hexField(event, 'len') / PAGE_BYTES) * PAGE_BYTES,
      fileOffset: hexField(event, 'off'),
      isSync: (flags & MAP_SYNC) !== 0,
      sharesTable: false,
      inode: -1,
    });
  }

  private mapped(event: KernelEvent): void {
    const call = this.calls.get(event.task);
    const address = callResult(event);
    this.calls.delete(event.task);
    if (call === undefined || address < 0) return;
    this.live.add(this.mappings.length);
    this.mappings.push({ ...call, address });
  }

  private act(kind: 'msync' | 'munmap', event: KernelEvent, address: number): void {
    const mapping = this.mappingAt(address);
    if (mapping < 0) return;
    const offset = address - (this.mappings[mapping]?.address ?? 0);
    const flags = kind === 'msync' ? hexField(event, 'flags') : 0;
    this.acts.push({ kind, mapping, offset, length: hexField(event, 'len'), flags });
    if (kind === 'munmap') this.live.delete(mapping);
  }

  private daxEvent(event: KernelEvent): void {
    const { name } = event;
    const inode = hexField(event, 'ino');
    if (inode < 0) return;
    const isFault = name === 'dax_pte_fault' || name === 'dax_pmd_fault';
    const flags = fault.exec(event.fields)?.[1];
    if (isFault && flags === undefined) return;
    const isWrite = flags !== undefined && hasWrite(flags);
    this.count(event, inode, isWrite, flags !== undefined);
    if (isFault) this.faulted(event, inode, isWrite);
    else if (name === 'dax_pte_fault_done' && isWrite) this.faultEnded(event);
  }

  private faulted(event: KernelEvent, inode: number, isWrite: boolean): void {
    const address = hexField(event, 'address');
    const number = this.mappingAt(address);
    const mapping = this.mappings[number];
    if (mapping === undefined) return;
    const isHuge = event.name === 'dax_pmd_fault';
    const isFirst = mapping.inode < 0;
    mapping.inode = inode;
    if (isFirst && !isHuge && mapping.length < HUGE_BYTES) mapping.sharesTable = true;
    this.isSecondAttempt = !isHuge && address === this.hugeAt;
    this.hugeAt = isHuge ? address : -1;
    if (this.isSecondAttempt) return;
    const offset = address - mapping.address;
    this.acts.push({
      kind: isWrite ? 'store' : 'load',
      mapping: number,
      offset: offset - (offset % PAGE_BYTES),
      length: PAGE_BYTES,
      flags: 0,
    });
  }

  private faultEnded(event: KernelEvent): void {
    if (this.isSecondAttempt || !hasSyncedOnly(event.fields)) return;
    const store = this.acts.at(-1);
    if (store?.kind !== 'store') return;
    this.acts.splice(-1, 0, { ...store, kind: 'change' });
  }

  /** Counts an event; faults and what happens in them only of shared mappings. */
  private count(event: KernelEvent, inode: number, isWrite: boolean, isShared: boolean): void {
    const counts = this.counts.get(inode) ?? noCounts();
    this.counts.set(inode, counts);
    const { name } = event;
    if (name === 'dax_writeback_range') counts.writebackRanges += 1;
    else if (name === 'dax_writeback_one') counts.writebackPages += hexField(event, 'pglen');
    else if (!isShared) return;
    else if (name === 'dax_pmd_fault') counts.pmdFaultsTried += 1;
    else if (name === 'dax_load_hole') counts.holeLoads += 1;
    else if (name === 'dax_insert_pfn_mkwrite') counts.syncWriteFaults += 1;
    else if (name === 'dax_pte_fault' && isWrite) counts.pteWriteFaults += 1;
    else if (name === 'dax_pte_fault') counts.pteReadFaults += 1;
  }

  /** The live mapping that holds an address, the newest first; −1 if none does. */
  private mappingAt(at: number): number {
    for (let number = this.mappings.length - 1; number >= 0; number -= 1) {
      const mapping = this.mappings[number];
      if (mapping === undefined || !this.live.has(number)) continue;
      if (at >= mapping.address && at < mapping.address + mapping.length) return number;
    }
    return -1;
  }
}

/** Flags of a fault are printed as a number or as words; bit 0 is a write. */
function hasWrite(flags: string): boolean {
  const isNumber = flags.startsWith('0x');
  return isNumber ? (parseInt(flags, 16) & 1) === 1 : flags.split('|').includes('WRITE');
}

/** Whether a fault's result says that the log had to be forced and nothing was allocated. */
function hasSyncedOnly(fields: string): boolean {
  const result = /(\S+)\s*$/.exec(fields)?.[1] ?? '';
  const bits = result.startsWith('0x') ? parseInt(result, 16) : 0;
  const words = result.split('|');
  const isSynced = (bits & NEEDS_SYNC) !== 0 || words.includes('NEEDDSYNC');
  return isSynced && (bits & MAJOR) === 0 && !words.includes('MAJOR');
}
