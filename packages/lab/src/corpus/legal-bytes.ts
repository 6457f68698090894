/**
 * Which bytes may ever show in a file: zero, what some operation writes to it, and what may show in
 * a file that it takes bytes from. Anything else is a byte of another file, of a former owner, or
 * one that nobody wrote.
 */
import { nameByte } from '../explore/register-oracle.js';
import type { CorpusOperation, CorpusScenario } from './config.js';

export class LegalBytes {
  private readonly sets = new Map<string, Set<number>>();
  private readonly mapFiles = new Map<string, string>();
  private readonly pinFiles = new Map<string, string>();
  /** Bytes flow from the first to the second. */
  private readonly flows: [string, string][] = [];
  private readonly mayLosePower: boolean;

  constructor(scenario: Pick<CorpusScenario, 'setup' | 'threads' | 'crash'>) {
    const all = [...scenario.setup, ...scenario.threads.flat()];
    this.mayLosePower = scenario.crash || all.some(({ op }) => op === 'crash');
    for (const operation of all) this.note(operation);
    for (let changed = true; changed;) {
      changed = false;
      for (const [from, to] of this.flows) {
        const target = this.of(to);
        const before = target.size;
        for (const byte of this.of(from)) target.add(byte);
        changed = changed || target.size > before;
      }
    }
  }

  /** Null, or what is wrong with bytes that show in a file. */
  judge(
    file: string,
    offset: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): string | null {
    const legal = this.of(file);
    for (let i = 0; i < length; i += 1) {
      const byte = bytes[at + i] ?? 0;
      if (legal.has(byte)) continue;
      return `byte ${String(offset + i)} of ${file} is ${nameByte(byte)}, which nobody wrote there`;
    }
    return null;
  }

  private of(file: string): Set<number> {
    const known = this.sets.get(file);
    if (known !== undefined) return known;
    const fresh = new Set([0]);
    this.sets.set(file, fresh);
    return fresh;
  }

  private add(file: string | undefined, fill: string): void {
    if (file !== undefined) this.of(file).add(fill.charCodeAt(0));
  }

  private flow(from: string | undefined, to: string | undefined): void {
    if (from !== undefined && to !== undefined) this.flows.push([from, to]);
  }

  private note(operation: CorpusOperation): void {
    switch (operation.op) {
      case 'mmap':
        this.mapFiles.set(operation.map, operation.f);
        return;
      case 'pin': {
        const file = this.mapFiles.get(operation.map);
        if (file !== undefined) this.pinFiles.set(operation.id, file);
        return;
      }
      case 'pwrite':
        if (operation.fill !== undefined) this.add(operation.f, operation.fill);
        if (operation.from !== undefined) {
          this.flow(this.mapFiles.get(operation.from.map), operation.f);
        }
        return;
      case 'append':
        this.add(operation.f, operation.fill);
        return;
      case 'store':
        this.add(this.mapFiles.get(operation.map), operation.fill);
        return;
      case 'dma_write':
        this.add(this.pinFiles.get(operation.id), operation.fill);
        return;
      case 'dio_write':
        if ('pattern' in operation.src) this.add(operation.f, operation.src.pattern);
        else this.flow(this.mapFiles.get(operation.src.map), operation.f);
        return;
      case 'dio_read':
        this.flow(operation.f, this.mapFiles.get(operation.dst.map));
        return;
      case 'rename':
        this.flow(operation.from, operation.to);
        // Undone by power loss, what was written under the new name is under the old one.
        if (this.mayLosePower) this.flow(operation.to, operation.from);
        return;
      case 'link':
        this.flow(operation.from, operation.to);
        this.flow(operation.to, operation.from);
        return;
      case 'reflink':
        this.flow(operation.from, operation.to);
        return;
      default:
    }
  }
}
