/**
 * Descriptors and what is behind them.
 *
 *   task ─▶ DescriptorTable ─ fd ─▶ Descriptor { closeOnExec } ─▶ Description ─▶ TracedFile
 *           shared: CLONE_FILES     one per fd                    position,      size
 *           copied: fork, exec                                    shared by dup
 *                                                                 and fork
 *
 * Only files are kept; pipes, sockets and the like have no entry. Sizes and positions are what the
 * trace's own results imply; they are there to tell where an append went and where a file ended.
 */

/** A file as far as the trace tells. */
export interface TracedFile {
  /** Largest end that the trace has implied since it was last cut. */
  size: number;
}

/** An open file description. */
export interface Description {
  /** Handle in the records; −1 when the file is out of scope. */
  readonly handle: number;
  /** Name id; changes only when a directory above it is renamed. */
  path: number;
  /** OpenFlag bits; F_SETFL may change Append. */
  flags: number;
  readonly file: TracedFile;
  position: number;
  /** Descriptors in all tables that refer to it. */
  references: number;
}

export interface Descriptor {
  readonly description: Description;
  closeOnExec: boolean;
}

export class DescriptorTable {
  /** Tasks that share it. */
  users = 1;
  private readonly entries = new Map<number, Descriptor>();

  get(fd: number): Description | undefined {
    return this.entries.get(fd)?.description;
  }

  descriptor(fd: number): Descriptor | undefined {
    return this.entries.get(fd);
  }

  /** Binds a free `fd`. */
  set(fd: number, description: Description, closeOnExec: boolean): void {
    description.references += 1;
    this.entries.set(fd, { description, closeOnExec });
  }

  /** Frees `fd`; returns the description that it referred to. */
  remove(fd: number): Description | undefined {
    const entry = this.entries.get(fd);
    if (entry === undefined) return undefined;
    this.entries.delete(fd);
    entry.description.references -= 1;
    return entry.description;
  }

  copy(): DescriptorTable {
    const table = new DescriptorTable();
    for (const [fd, { description, closeOnExec }] of this.entries) {
      table.set(fd, description, closeOnExec);
    }
    return table;
  }

  /** Frees the descriptors that `choose` picks, in the order in which they were bound. */
  removeAll(
    choose: (fd: number, descriptor: Descriptor) => boolean,
    onRemoved: (description: Description) => void,
  ): void {
    for (const [fd, descriptor] of this.entries) {
      if (!choose(fd, descriptor)) continue;
      this.entries.delete(fd);
      descriptor.description.references -= 1;
      onRemoved(descriptor.description);
    }
  }

  *descriptions(): Iterable<Description> {
    for (const { description } of this.entries.values()) yield description;
  }
}
