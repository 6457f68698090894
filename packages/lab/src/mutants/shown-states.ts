/**
 * What a program shows: everything that somebody could find after power loss, at any moment of it.
 *
 *     image ─▶ names, sizes, links · blocks and holes of each file · each value a line can have
 *
 * Two systems that show the same are told apart by no check of what they leave, and one that shows
 * less than a correct one is correct as far as the program goes. Where blocks lie is not shown, nor
 * in which order lines became durable. A running system is not looked at: its names and bytes must
 * be those of the model anyway.
 */
import { AceRun } from '../ace/ace-run.js';
import { TreeReader, treeHash } from '../crash/recovered-tree.js';
import type { ImageExtent } from '@daxsim/daxfs';
import type { CrashMoment } from '../crash/crash-judge.js';
import type { CrashSetting } from '../crash/crash-system.js';
import type { DirectedProgram } from './directed-programs.js';
import type { TreeEntry } from '../crash/recovered-tree.js';

const LINE_WORDS = 16;
const BLOCK_LINES = 64;

/** Runs programs from the empty file system and answers all that they show. */
export function shownBy(
  setting: CrashSetting,
  programs: readonly DirectedProgram[],
): ReadonlySet<string> {
  const run = new AceRun(setting, 1);
  const shown = new ShownStates(run);
  programs.forEach(({ calls, quiet }, i) => {
    shown.program = i;
    run.program(calls, quiet);
  });
  return shown.found;
}

interface Looked {
  readonly extents: readonly ImageExtent[];
  readonly size: number;
  readonly generation: number;
  readonly moment: string;
}

class ShownStates {
  readonly found = new Set<string>();
  program = 0;
  private readonly tree: TreeReader;
  private readonly looked: (Looked | undefined)[] = [];
  private readonly words = new Int32Array(LINE_WORDS);

  constructor(private readonly run: AceRun) {
    this.tree = new TreeReader(run.search.judge.fsck);
    run.search.onImage = (moment) => {
      this.image(moment);
    };
  }

  private image({ now, next }: CrashMoment): void {
    const moment = `${this.program}.${now.index}${next === null ? '' : '+'}`;
    const tree = this.tree.read();
    this.found.add(`${moment} ${treeHash(tree)}`);
    for (const entry of tree) if (!entry.isDirectory) this.file(moment, entry);
  }

  private file(moment: string, { path, inode, size }: TreeEntry): void {
    const { generation } = this.run.system.memory;
    const extents = this.run.search.judge.fsck.extents(inode);
    const last = this.looked[inode];
    const isSame = last?.extents === extents && last.size === size;
    if (isSame && last.generation === generation && last.moment === moment) return;
    this.looked[inode] = { extents, size, generation, moment };
    this.found.add(`${moment} ${path} ${size} ${blocksOf(extents)}`);
    for (const { block, fileBlock, length, isUnwritten } of extents) {
      const lines = isUnwritten ? 0 : length * BLOCK_LINES;
      for (let line = 0; line < lines; line += 1) {
        const place = `${moment} ${path} line ${fileBlock * BLOCK_LINES + line}`;
        this.line(place, block * BLOCK_LINES + line);
      }
    }
  }

  private line(place: string, line: number): void {
    const { under } = this.run.system.memory;
    const units = under.pendingUnits(line);
    for (let kept = 0; kept <= units; kept += 1) {
      under.survivingLine(line, kept, this.words);
      let hash = 0;
      for (const word of this.words) hash = Math.imul(hash ^ word, 0x01000193) ^ (hash >>> 15);
      this.found.add(`${place} ${hash}`);
    }
  }
}

/** Where blocks are in the file; on the device they may lie anywhere. */
function blocksOf(extents: readonly ImageExtent[]): string {
  const runs: string[] = [];
  let start = -1;
  let end = -1;
  let was = false;
  for (const { fileBlock, length, isUnwritten } of extents) {
    if (fileBlock === end && isUnwritten === was) runs.pop();
    else start = fileBlock;
    end = fileBlock + length;
    was = isUnwritten;
    runs.push(`${start}-${end}${was ? 'u' : ''}`);
  }
  return runs.join(' ');
}
