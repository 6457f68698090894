/**
 * Scenarios that nobody thought of: a few operations of two or three tasks, drawn, on two files and
 * three mappings of them. Nothing is known of how they end, so they hold the unwritten checks only:
 * under the correct rules none may break, in any schedule and after power loss at any moment.
 *
 * Left out: files that are removed while a device has pages of theirs pinned. Linux 6.12 frees the
 * blocks under the device then (6.15 waits, fs/dax.c dax_break_layout_final), and so does this.
 */
import { Prng } from '@daxsim/sim';
import { corpusScenario } from '../../src/corpus/config.js';
import type { CorpusScenario } from '../../src/corpus/config.js';

/** The same keys as in a file of scenarios, checked when all are there. */
type Raw = Record<string, unknown>;
type System = CorpusScenario['system'];

const PAGE = 4096;
const MAPS = [
  ['m', 'F'],
  ['n', 'G'],
  ['k', 'F'],
] as const;

class Drawing {
  private readonly prng: Prng;
  private labels = 0;

  constructor(
    seed: number,
    private readonly system: System,
    private readonly crash: boolean,
  ) {
    this.prng = new Prng(seed);
  }

  scenario(id: string): CorpusScenario {
    const tasks = this.prng.below(6) === 0 ? 3 : 2;
    const threads = Array.from({ length: tasks }, () => {
      const count = 1 + this.prng.below(tasks === 3 ? 1 : 3);
      return Array.from({ length: count }, () => this.operation()).flat();
    });
    const text = { title: id, window: '-', expected: '-', fix: '-', source: ['drawn'] };
    return corpusScenario.parse({
      ...{ id, ...text, status: 'derived', kind: 'control', system: this.system },
      ...{ setup: this.setup(), threads, crash: this.crash, depth: 1, checks: [NO_CHECK] },
      ...{ defect: null, control: true },
    });
  }

  private pick<T>(values: readonly T[]): T {
    const value = values[this.prng.below(values.length)];
    if (value === undefined) throw new Error('nothing to draw from');
    return value;
  }

  private setup(): Raw[] {
    const contents = ['F', 'G'].map((f): Raw => {
      return this.pick<Raw>([
        { op: 'ftruncate', f, size: 4 * PAGE },
        { op: 'pwrite', f, off: 0, len: 2 * PAGE, fill: 'Z' },
        { op: 'fallocate', f, mode: 'alloc', off: 0, len: 3 * PAGE },
        { op: 'pwrite', f, off: 2 * PAGE, len: PAGE, fill: 'Y' },
      ]);
    });
    const ways = [['shared'], ['shared', 'huge_ok'], ['private']];
    if (this.system !== 'fuse-page-cache') ways.push(['shared', 'sync']);
    const maps = MAPS.flatMap(([map, f]): Raw[] => {
      const mapped = { op: 'mmap', map, f, off: 0, len: 4 * PAGE, flags: this.pick(ways) };
      return this.pick([[mapped], [mapped, { op: 'load', map, off: 0, len: 8 }]]);
    });
    return [{ op: 'creat', f: 'F' }, { op: 'creat', f: 'G' }, ...contents, ...maps];
  }

  private operation(): Raw[] {
    const drawn = this.pick([this.onFile, this.onMapping, this.onNames, this.byDevice]);
    return drawn.call(this).map((op) => {
      this.labels += 1;
      return { ...op, as: `l${String(this.labels)}` };
    });
  }

  private onFile(): Raw[] {
    const f = this.pick(['F', 'F', 'G']);
    const off = this.pick([0, PAGE, 2 * PAGE, PAGE + 512, 2 * PAGE - 8]);
    const len = this.pick([8, 512, PAGE, 2 * PAGE]);
    const fill = this.pick(['A', 'B', 'C']);
    const from = { map: this.map(), off: this.pick([0, 8, PAGE]) };
    const modes = ['alloc', 'keep_size', 'punch', 'zero', 'zero_keep', 'collapse', 'insert'];
    const pages = { off: this.pick([0, PAGE]), len: this.pick([PAGE, 2 * PAGE]) };
    return [
      this.pick<Raw>([
        { op: 'pread', f, off, len },
        { op: 'pwrite', f, off, len, fill },
        { op: 'pwrite', f, off, len: 512, from },
        { op: 'append', f, len, fill },
        { op: 'fallocate', f, mode: this.pick(modes), ...pages },
        { op: 'ftruncate', f, size: this.pick([0, PAGE + 100, 3 * PAGE, 5 * PAGE]) },
        { op: this.pick(['fsync', 'fdatasync', 'writeback', 'evict']), f },
        { op: 'dio_write', f, off: 0, len: PAGE, src: { pattern: fill } },
      ]),
    ];
  }

  private onMapping(): Raw[] {
    const map = this.map();
    const off = this.pick([0, 8, PAGE + 64, 2 * PAGE]);
    const written = this.pick([{}, { flush: true, fence: true }]);
    return [
      this.pick<Raw>([
        { op: 'load', map, off, len: 64 },
        { op: 'store', map, off, len: 8, fill: 'D', ...written },
        { op: 'store', map, off, len: 64, fill: 'E', ...written },
        { op: 'msync', map, off: 0, len: 2 * PAGE },
        { op: 'madvise_dontneed', map, off: 0, len: 2 * PAGE },
        { op: 'munmap', map },
      ]),
    ];
  }

  private onNames(): Raw[] {
    return [
      this.pick<Raw>([
        { op: 'sync' },
        { op: 'creat', f: 'H' },
        { op: 'rename', from: 'F', to: 'H' },
        { op: 'link', from: this.pick(['F', 'G']), to: 'K' },
      ]),
    ];
  }

  private byDevice(): Raw[] {
    const id = `p${String(this.labels)}`;
    const map = this.map();
    return [
      { op: 'pin', map, off: this.pick([0, PAGE]), len: PAGE, id },
      { op: 'dma_write', id, fill: 'P' },
      { op: 'unpin', id },
    ];
  }

  private map(): string {
    return this.pick(MAPS)[0];
  }
}

/** True of every file. */
const NO_CHECK = { scope: 'end', expr: 'size("F") <= 1000000' };

/** The scenario of a seed. */
export function drawnScenario(seed: number, system: System, crash: boolean): CorpusScenario {
  return new Drawing(seed, system, crash).scenario(`drawn-${system}-${String(seed)}`);
}
