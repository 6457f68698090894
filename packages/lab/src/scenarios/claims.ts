/**
 * Whether a file system shows what a claim says: names, sizes and extents are read beside the
 * machine, bytes by calls, so that a page cache answers for itself.
 */
import { ExtentState, OpenFlag, freeBlocks } from '@daxsim/daxfs';
import { BLOCK_BYTES } from '@daxsim/sim';
import { MediaView } from '../corpus/media-view.js';
import { runsOf, runsText, sameRuns, sizeText } from './byte-runs.js';
import { listText } from './parse-claim.js';
import type { Process } from '../conform/process.js';
import type { WorkloadSystem } from '../conform/workload-system.js';
import type { Claim } from './scenario.js';

/** Prefixes of attributes' names, by `XattrSpace`. */
const SPACES: readonly string[] = ['user.', 'trusted.', 'security.'];

/** Free space and stamps at a `note`. */
export interface Noted {
  readonly freeBlocks: number;
  readonly stamps: ReadonlyMap<number, readonly [mtime: number, ctime: number]>;
}

export function noteOf(system: WorkloadSystem): Noted {
  const { world } = system.system;
  const { inodes } = world.volume;
  const stamps = new Map<number, readonly [number, number]>();
  for (let inode = 1; inode < inodes.count; inode += 1) {
    if (inodes.isUsed(inode)) stamps.set(inode, [inodes.modifyNs(inode), inodes.changeNs(inode)]);
  }
  return { freeBlocks: freeBlocks(world), stamps };
}

export class ClaimCheck {
  private readonly view: MediaView;

  constructor(
    private readonly system: WorkloadSystem,
    private readonly process: Process,
    private readonly noted: Noted | null,
  ) {
    const { volume, memory } = system.system.world;
    this.view = new MediaView(volume, memory);
  }

  /** Null, or what was found instead. */
  check(claim: Claim): string | null {
    const missing = this.missingOf(claim);
    if (missing !== null) return `no ${missing}`;
    switch (claim.kind) {
      case 'size':
        return oneOf(this.inodes.sizeBytes(this.inode(claim.path)), claim.sizes);
      case 'blocks':
        return oneOf(this.blocksOf(claim.path) * BLOCK_BYTES, claim.bytes);
      case 'links':
        return oneOf(this.inodes.links(this.inode(claim.path)), claim.counts);
      case 'extents':
        return oneOf(this.extentsOf(claim.path), claim.counts);
      case 'bytes':
      case 'each':
        return this.contents(claim);
      case 'xattr':
        return this.attribute(claim);
      case 'layout':
        return oneText(this.layoutOf(claim.path), claim.layouts);
      case 'names':
        return oneText(this.namesIn(claim.path), claim.lists);
      case 'stamp':
        return this.stamp(claim);
      case 'free': {
        const free = freeBlocks(this.system.system.world);
        const before = this.noted?.freeBlocks ?? 0;
        return free === before ? null : `${free} blocks free, ${before} before`;
      }
      default:
        return this.paths(claim);
    }
  }

  private get inodes(): WorkloadSystem['system']['world']['volume']['inodes'] {
    return this.system.system.world.volume.inodes;
  }

  private inode(path: string): number {
    return this.view.inodeOf(path === '.' ? '' : path);
  }

  /** A path of a claim about one file that does not exist. */
  private missingOf(claim: Claim): string | null {
    if (!('path' in claim)) return null;
    return this.inode(claim.path) === 0 ? claim.path : null;
  }

  private paths(claim: Extract<Claim, { readonly paths: readonly string[] }>): string | null {
    const { kind, paths } = claim;
    const found = paths.filter((path) => this.inode(path) !== 0);
    const missing = paths.filter((path) => this.inode(path) === 0);
    switch (kind) {
      case 'exists':
        return missing.length === 0 ? null : `no ${missing.join(', ')}`;
      case 'absent':
        return found.length === 0 ? null : `${found.join(', ')} is there`;
      case 'one':
        return found.length === 1 ? null : `${found.length} of them: ${found.join(', ')}`;
      case 'partner': {
        const inodes = paths.map((path) => this.inode(path));
        const count = inodes.filter((inode) => inode === inodes[0]).length;
        return count === 2 ? null : `inodes ${inodes.join(', ')}`;
      }
      default: {
        const inodes = paths.map((path) => this.inode(path));
        const isSame = inodes.every((inode) => inode !== 0 && inode === inodes[0]);
        return isSame ? null : `inodes ${inodes.join(', ')}`;
      }
    }
  }

  private contents(claim: Extract<Claim, { readonly kind: 'bytes' | 'each' }>): string | null {
    const bytes = this.read(claim.path, claim.offset, claim.length);
    if (claim.kind === 'each') {
      const wrong = bytes.findIndex((byte) => !claim.allowed.includes(byte));
      if (wrong < 0) return null;
      return `${(bytes[wrong] ?? 0).toString(16)} at byte ${claim.offset + wrong}`;
    }
    const runs = runsOf(bytes);
    return claim.contents.some((one) => sameRuns(one, runs)) ? null : runsText(runs);
  }

  private attribute(claim: Extract<Claim, { readonly kind: 'xattr' }>): string | null {
    const { xattrs, names } = this.system.system.world.volume;
    const prefix = claim.name.slice(0, claim.name.indexOf('.') + 1);
    const name = names.idOf(claim.name.slice(prefix.length));
    const isThere = xattrs.find(this.inode(claim.path), SPACES.indexOf(prefix), name);
    if (!isThere) return claim.values.includes(null) ? null : 'no such attribute';
    const value = new Uint8Array(xattrs.valueBytes);
    xattrs.readValue(value);
    const runs = runsOf(value);
    const isOne = claim.values.some((one) => one !== null && sameRuns(one, runs));
    return isOne ? null : runsText(runs);
  }

  private read(path: string, offset: number, length: number): Uint8Array {
    const { system, process } = this;
    const handle = process.nextHandle();
    const open = { path: system.path(path), flags: OpenFlag.ReadOnly, mode: 0, handle };
    system.run('open', open);
    system.forgetSeen();
    const { result } = system.run('read', { handle, offset, length });
    const bytes = system.bytesSeen().subarray(0, Math.max(0, result));
    system.run('close', { handle });
    return bytes;
  }

  private blocksOf(path: string): number {
    const { copies, delayed } = this.system.system.world;
    const inode = this.inode(path);
    return this.inodes.blocks(inode) + delayed.count(inode) + copies.count(inode);
  }

  private extentsOf(path: string): number {
    const { extents } = this.system.system.world.volume;
    const inode = this.inode(path);
    let count = 0;
    for (let at = 0; extents.next(inode, at); at = extents.start + extents.length) count += 1;
    return count;
  }

  /** Runs of states up to the end of the file, or of its blocks where they go beyond. */
  private layoutOf(path: string): string {
    const { delayed, volume } = this.system.system.world;
    const { extents, shares } = volume;
    const inode = this.inode(path);
    const runs: { readonly state: string; count: number }[] = [];
    const add = (state: string, count: number): void => {
      const last = runs.at(-1);
      if (last?.state === state) last.count += count;
      else if (count > 0) runs.push({ state, count });
    };
    const fileBlocks = Math.ceil(this.inodes.sizeBytes(inode) / BLOCK_BYTES);
    let at = 0;
    for (;;) {
      const isThere = extents.next(inode, at) || delayed.next(inode, at);
      if (!isThere && at >= fileBlocks) break;
      const state = extents.lookup(inode, at);
      if (state === ExtentState.Unwritten) add('unwritten', 1);
      else if (state === ExtentState.Written) {
        add(shares.owners(extents.block) > 1 ? 'shared' : 'written', 1);
      } else add(delayed.has(inode, at) ? 'delayed' : 'hole', 1);
      at += 1;
    }
    return runs.map(({ state, count }) => `${state} ${sizeText(count * BLOCK_BYTES)}`).join(' ');
  }

  private namesIn(path: string): string {
    const { directories, names } = this.system.system.world.volume;
    const dir = this.inode(path);
    const found: string[] = [];
    for (let at = directories.next(dir, 0); at >= 0; at = directories.next(dir, at)) {
      found.push(names.textOf(directories.entryName));
    }
    return listText(found);
  }

  private stamp(claim: Extract<Claim, { readonly kind: 'stamp' }>): string | null {
    const inode = this.inode(claim.path);
    const before = this.noted?.stamps.get(inode);
    if (before === undefined) return 'nothing noted';
    const isModify = claim.stamp === 'mtime';
    const now = isModify ? this.inodes.modifyNs(inode) : this.inodes.changeNs(inode);
    const then = isModify ? before[0] : before[1];
    const hasMoved = now > then;
    if (now < then) return 'a stamp that went back';
    return hasMoved === claim.moved ? null : `${claim.stamp} ${hasMoved ? 'moved' : 'kept'}`;
  }
}

function oneOf(found: number, allowed: readonly number[]): string | null {
  return allowed.includes(found) ? null : sizeText(found);
}

function oneText(found: string, allowed: readonly string[]): string | null {
  return allowed.includes(found) ? null : found === '' ? 'nothing' : found;
}
