/**
 * The process that runs a workload: its file handles and mappings by name, and the addresses that
 * it chose for mappings. Numbers of handles and mappings are used once, names may come again.
 *
 * Addresses are as in the records: slot k of the process lies at 2^45 + k · 4 GiB, shifted so that
 * address and file offset are congruent modulo 2 MiB, and by `colour` pages when that is asked for.
 */
import { BLOCK_BYTES } from '@daxsim/sim';

const HUGE_BYTES = 2 * 1024 * 1024;
const SLOT_BASE = 0x200000000000;
const SLOT_BYTES = 2 ** 32;

export interface OpenHandle {
  readonly name: string;
  readonly number: number;
}

export interface LiveMapping {
  readonly name: string;
  readonly number: number;
  readonly slot: number;
  readonly address: number;
  readonly bytes: number;
  readonly isShared: boolean;
  readonly isWritable: boolean;
}

/** What mmap asks for. */
export interface MappingRequest {
  readonly offset: number;
  readonly bytes: number;
  readonly colour: number;
  readonly isShared: boolean;
  readonly isWritable: boolean;
}

export class Process {
  /** Open handles in order of their slot. */
  readonly handles = new Map<string, OpenHandle>();
  readonly mappings = new Map<string, LiveMapping>();
  /** Pinned pages in the pipe, oldest first. */
  readonly pipe: number[] = [];
  private handleCount = 0;
  private pinCount = 0;
  private mappingCount = 0;

  /** A number for a handle that is about to be opened. */
  nextHandle(): number {
    this.handleCount += 1;
    return this.handleCount;
  }

  opened(name: string, number: number): void {
    this.handles.set(name, { name, number });
  }

  closed(name: string): void {
    this.handles.delete(name);
  }

  nextPin(): number {
    this.pinCount += 1;
    return this.pinCount;
  }

  nextMapping(): number {
    this.mappingCount += 1;
    return this.mappingCount;
  }

  /** Where the next mapping would lie. */
  addressFor(request: MappingRequest): { readonly slot: number; readonly address: number } {
    const used = new Set([...this.mappings.values()].map((mapping) => mapping.slot));
    let slot = 0;
    while (used.has(slot)) slot += 1;
    const shift = (request.offset + request.colour * BLOCK_BYTES) % HUGE_BYTES;
    return { slot, address: SLOT_BASE + slot * SLOT_BYTES + shift };
  }

  mapped(name: string, number: number, request: MappingRequest): LiveMapping {
    const { slot, address } = this.addressFor(request);
    const { isShared, isWritable } = request;
    const bytes = Math.ceil(request.bytes / BLOCK_BYTES) * BLOCK_BYTES;
    const mapping = { name, number, slot, address, bytes, isShared, isWritable };
    this.mappings.set(name, mapping);
    return mapping;
  }

  unmapped(name: string): void {
    this.mappings.delete(name);
  }
}

/** The place of an address in its 2 MiB, as notes of records tell it. */
export function hugeOffset(address: number): number {
  return address % HUGE_BYTES;
}
