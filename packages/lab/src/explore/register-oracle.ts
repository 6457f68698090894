/**
 * What a read may return while writes race with it, kept as state so that it hashes and rewinds.
 *
 * Each file is cut into cells at the borders of all ranges that the scenario touches. A cell is a
 * regular register: a read returns the value of a write that it overlaps in time, or of one that
 * ended before it began and that no other write, ended before the read began, came wholly after.
 *
 *     write A  ├────┤
 *     write B          ├────┤          read may see B; A only if it began before B ended
 *     read              ├──────┤
 *
 * Writes are numbered; 0 is the zeros that a file starts with. A punch or truncate writes zeros.
 */
import { IntColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';

/** Writes that one scenario may have, the initial zeros included: bits of a word. */
export const MAX_WRITES = 30;

export class RegisterOracle {
  /** Per cell: writes whose value the cell may hold. */
  private readonly candidates: IntColumn;
  /** Per cell: those of them that have ended. */
  private readonly ended: IntColumn;
  /** Per (write, cell): what had ended when the write began. */
  private readonly endedBefore: IntColumn;
  /** Per (task, cell): writes a read of the task may return; 0 while it reads nothing there. */
  private readonly allowed: IntColumn;
  /** First cell of each file, by the order of the files' names. */
  private readonly firstCell: readonly number[];
  private readonly cellCount: number;

  constructor(
    space: StateSpace,
    /** Cell borders of each file, ascending, from 0 to its largest end. */
    private readonly borders: readonly (readonly number[])[],
    /** The byte that each write writes, by number. */
    private readonly values: readonly number[],
    private readonly tasks: number,
  ) {
    this.candidates = new IntColumn(space, 'oracle.candidates');
    this.ended = new IntColumn(space, 'oracle.ended');
    this.endedBefore = new IntColumn(space, 'oracle.endedBefore');
    this.allowed = new IntColumn(space, 'oracle.allowed');
    let cells = 0;
    this.firstCell = borders.map((list) => {
      const first = cells;
      cells += Math.max(0, list.length - 1);
      return first;
    });
    this.cellCount = cells;
    for (let cell = 0; cell < cells; cell += 1) {
      this.candidates.set(cell, 1);
      this.ended.set(cell, 1);
    }
  }

  /** A write begins on bytes [from, to) of a file. */
  writeBegins(write: number, file: number, from: number, to: number): void {
    this.eachCell(file, from, to, (cell) => {
      this.endedBefore.set(write * this.cellCount + cell, this.ended.get(cell));
      this.candidates.set(cell, this.candidates.get(cell) | (1 << write));
      for (let task = 0; task < this.tasks; task += 1) {
        const at = task * this.cellCount + cell;
        const allowed = this.allowed.get(at);
        if (allowed !== 0) this.allowed.set(at, allowed | (1 << write));
      }
    });
  }

  /** It ended; on failure (`succeeded` false) its value stays possible and hides no other. */
  writeEnds(write: number, file: number, from: number, to: number, succeeded: boolean): void {
    this.eachCell(file, from, to, (cell) => {
      const at = write * this.cellCount + cell;
      const before = this.endedBefore.get(at);
      this.endedBefore.set(at, 0);
      if (!succeeded) return;
      this.candidates.set(cell, this.candidates.get(cell) & ~before);
      this.ended.set(cell, (this.ended.get(cell) & ~before) | (1 << write));
    });
  }

  readBegins(task: number, file: number, from: number, to: number): void {
    this.eachCell(file, from, to, (cell) => {
      this.allowed.set(task * this.cellCount + cell, this.candidates.get(cell));
    });
  }

  readEnds(task: number, file: number, from: number, to: number): void {
    this.eachCell(file, from, to, (cell) => {
      this.allowed.set(task * this.cellCount + cell, 0);
    });
  }

  /** Null, or what is wrong with a byte that a running read of `task` saw. */
  judge(task: number, file: number, offset: number, byte: number): string | null {
    const cell = this.cellAt(file, offset);
    if (cell < 0) return null;
    const allowed = this.allowed.get(task * this.cellCount + cell);
    return this.judgeAgainst(allowed, byte);
  }

  /** The same for a read that runs alone after everything has ended. */
  judgeAtEnd(file: number, offset: number, byte: number): string | null {
    const cell = this.cellAt(file, offset);
    return cell < 0 ? null : this.judgeAgainst(this.candidates.get(cell), byte);
  }

  private judgeAgainst(allowed: number, byte: number): string | null {
    const legal: string[] = [];
    for (let write = 0; write < this.values.length; write += 1) {
      if ((allowed & (1 << write)) === 0) continue;
      if (this.values[write] === byte) return null;
      legal.push(nameByte(this.values[write] ?? 0));
    }
    return `saw ${nameByte(byte)}, allowed ${[...new Set(legal)].join(' or ')}`;
  }

  private cellAt(file: number, offset: number): number {
    const borders = this.borders[file] ?? [];
    for (let i = 0; i + 1 < borders.length; i += 1) {
      if (offset < (borders[i + 1] ?? 0)) return (this.firstCell[file] ?? 0) + i;
    }
    return -1;
  }

  private eachCell(file: number, from: number, to: number, visit: (cell: number) => void): void {
    const borders = this.borders[file] ?? [];
    for (let i = 0; i + 1 < borders.length; i += 1) {
      const start = borders[i] ?? 0;
      const end = borders[i + 1] ?? 0;
      if (start < to && from < end) visit((this.firstCell[file] ?? 0) + i);
    }
  }
}

/** A byte as people read it: its character, zero, or hexadecimal. */
export function nameByte(byte: number): string {
  if (byte === 0) return 'zero';
  if (byte === 0xcd) return 'stale 0xcd (a byte that no file wrote)';
  if (byte > 0x20 && byte < 0x7f) return `"${String.fromCharCode(byte)}"`;
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
