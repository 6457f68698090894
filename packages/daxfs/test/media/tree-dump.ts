/** One text for a tree of files, taken from a volume in core or from a media image. */
import type { MediaImage } from '../../src/media/media-image.js';
import type { Volume } from '../../src/media/volume.js';

/** Paths with inode, generation, size, links, stamp and extents, sorted. */
export function dumpVolume(volume: Volume): string {
  const lines: string[] = [];
  const walk = (dir: number, path: string): void => {
    const { directories, inodes, names } = volume;
    for (let at = directories.next(dir, 0); at >= 0; at = directories.next(dir, at)) {
      const inode = directories.entryInode;
      const name = `${path}/${names.textOf(directories.entryName)}`;
      const head = [
        inode,
        inodes.mode(inode),
        inodes.generation(inode),
        inodes.sizeBytes(inode),
        inodes.links(inode),
        inodes.modifyNs(inode),
      ];
      const isTree = directories.entryType !== 10;
      const blocks = isTree ? extentsOf(volume, inode) : '';
      lines.push(`${name} ${head.join()} ${blocks}${xattrsOf(volume, inode)}`);
      if (directories.entryType === 4) walk(inode, name);
    }
  };
  walk(1, '');
  return lines.sort().join('\n');
}

function extentsOf(volume: Volume, inode: number): string {
  const { extents } = volume;
  let text = '';
  let from = 0;
  while (extents.next(inode, from)) {
    text += ` ${String(extents.start)}:${String(extents.block)}+${String(extents.length)}`;
    if (extents.state === 1) text += 'u';
    from = extents.start + extents.length;
  }
  return text;
}

function xattrsOf(volume: Volume, inode: number): string {
  const { names, xattrs } = volume;
  const found: string[] = [];
  for (let at = xattrs.next(inode, 0); at >= 0; at = xattrs.next(inode, at)) {
    const value = new Uint8Array(xattrs.valueBytes);
    xattrs.readValue(value);
    found.push(xattrText(xattrs.entrySpace, names.textOf(xattrs.entryName), value));
  }
  return found.join('');
}

function xattrText(space: number, name: string, value: Uint8Array): string {
  const sum = value.reduce((so, byte) => (so * 31 + byte) | 0, 0);
  return ` ${String(space)}.${name}=${String(value.length)}:${String(sum)}`;
}

export function dumpImage(image: MediaImage): string {
  const lines = image.files().map((file) => {
    const { inode, mode, generation, sizeBytes, links, modifyNs } = file;
    let text = '';
    if (file.type !== 10) {
      for (const extent of image.extents(inode)) {
        text += ` ${String(extent.fileBlock)}:${String(extent.block)}+${String(extent.length)}`;
        if (extent.isUnwritten) text += 'u';
      }
    }
    for (const { space, name, value } of image.xattrs(inode)) {
      text += xattrText(space, new TextDecoder().decode(name), value);
    }
    return `${file.path} ${[inode, mode, generation, sizeBytes, links, modifyNs].join()} ${text}`;
  });
  return lines.sort().join('\n');
}
