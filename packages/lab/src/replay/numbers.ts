/**
 * From a trace's numbers to the machine's: names to paths below the mount, descriptions and
 * mappings to numbers that are used once in the whole run, tasks to address spaces.
 *
 * The directory of the scope is the root of the mount, or else the one that all names share.
 */
import type { World } from '@daxsim/daxfs';
import { NONE } from '@daxsim/trace';
import type { PathNames } from './path-names.js';

/** A name that does not lie on the mount. */
export const OUTSIDE = -1;

/** What is known of a live mapping. */
export interface MappingInfo {
  readonly number: number;
  readonly inode: number;
  readonly fileOffset: number;
  readonly length: number;
  readonly isSharedWritable: boolean;
  /** Address space it lies in. */
  readonly mm: number;
  /** A fork's copy: the parent's mapping stands for it. */
  readonly isCopy: boolean;
}

export class TraceNumbers {
  private readonly paths: number[] = [];
  private readonly handles = new Map<number, number>();
  private readonly mappings = new Map<number, MappingInfo>();

  constructor(
    private readonly world: World,
    private readonly names: PathNames,
    /** Without the closing slash; empty for `/`. */
    private readonly root: string,
    private readonly counters: { handle: number; mapping: number },
    private readonly nameOf: (path: number) => number,
    /** Text of a name of the trace as it was written. */
    readonly textOf: (path: number) => string,
  ) {}

  /** Path number of a name of the trace, or `OUTSIDE`. */
  pathOf(path: number): number {
    if (path === NONE) return OUTSIDE;
    const name = this.nameOf(path);
    const known = this.paths[name];
    if (known !== undefined) return known;
    const below = this.below(this.names.textOf(name));
    const number = below === undefined ? OUTSIDE : this.world.paths.idOf(below);
    this.paths[name] = number;
    return number;
  }

  /** Path below the mount's root of a name of the trace, or undefined. */
  placeOf(path: number): string | undefined {
    return this.below(this.names.textOf(this.nameOf(path)));
  }

  /** A symlink's target: absolute ones on the mount start at its root. */
  targetOf(text: string): number {
    return this.world.paths.idOf(text.startsWith('/') ? (this.below(text) ?? text) : text);
  }

  /** Path number of a name beside another. */
  besideOf(path: number, name: string): number {
    const directory = this.below(this.names.textOf(this.nameOf(path))) ?? '/';
    return this.world.paths.idOf(`${directory === '/' ? '' : directory}/${name}`);
  }

  newHandle(handle: number): number {
    const number = this.counters.handle;
    this.counters.handle += 1;
    if (handle !== NONE) this.handles.set(handle, number);
    return number;
  }

  /** Number of a description that the trace opened, or undefined. */
  handleOf(handle: number): number | undefined {
    return this.handles.get(handle);
  }

  dropHandle(handle: number): void {
    this.handles.delete(handle);
  }

  newMapping(): number {
    this.counters.mapping += 1;
    return this.counters.mapping - 1;
  }

  keepMapping(mapping: number, info: MappingInfo): void {
    this.mappings.set(mapping, info);
  }

  mappingOf(mapping: number): MappingInfo | undefined {
    return this.mappings.get(mapping);
  }

  dropMapping(mapping: number): void {
    this.mappings.delete(mapping);
  }

  /** Handles that are open and mappings that are live, by the machine's numbers. */
  open(): { readonly handles: readonly number[]; readonly mappings: readonly MappingInfo[] } {
    const mappings = [...this.mappings.values()].filter((info) => !info.isCopy);
    return { handles: [...this.handles.values()], mappings };
  }

  private below(text: string): string | undefined {
    if (text === this.root) return '/';
    return text.startsWith(`${this.root}/`) ? text.slice(this.root.length) : undefined;
  }
}
