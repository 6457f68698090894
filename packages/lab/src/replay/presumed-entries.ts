/**
 * Names in a directory that the trace never says. A listing tells how many bytes of entries there
 * were; what the known names do not make up must have been names that nobody used.
 *
 *     listing: 24 (.) + 24 (..) + 32 (a) + 32 (b) + 40 ?  =  152      one more, of 13 to 20 bytes
 *
 * An entry of getdents64(2) takes 19 bytes and its name with a zero, rounded up to 8. Only the
 * first whole listing of a directory is used, with what the trace made and removed there before it.
 */
/** What a history asks of a file: was it there before the first record? */
interface EntryFile {
  readonly name: number;
  readonly isDoubtful: boolean;
}

interface EntryChange {
  readonly name: string;
  readonly isAdded: boolean;
  /** The file behind it; if it turns out to have been there, nothing was added. */
  readonly file: EntryFile | undefined;
}

/** What happened in a directory until it was first listed. */
export class DirectoryHistory {
  private readonly changes: EntryChange[] = [];
  private listedBytes = -1;
  private changesBefore = 0;

  added(name: string, file: EntryFile | undefined): void {
    if (this.listedBytes < 0) this.changes.push({ name, isAdded: true, file });
  }

  removed(name: string): void {
    if (this.listedBytes < 0) this.changes.push({ name, isAdded: false, file: undefined });
  }

  /** A first call of getdents on a handle: what happened before it counts. */
  beginsListing(): number {
    return this.changes.length;
  }

  /** All calls together returned so many bytes. */
  listed(bytes: number, changesBefore: number): void {
    if (this.listedBytes >= 0) return;
    this.listedBytes = bytes;
    this.changesBefore = changesBefore;
  }

  /** Names to add to those known to have been there, so that the listing comes out. */
  unnamed(known: readonly string[]): string[] {
    if (this.listedBytes < 0) return [];
    let bytes = this.listedBytes - entryBytes(1) - entryBytes(2);
    for (const { name, isAdded, file } of this.changes.slice(0, this.changesBefore)) {
      const wasThere = file !== undefined && file.name >= 0 && !file.isDoubtful;
      if (!isAdded) bytes += entryBytes(utf8Length(name));
      else if (!wasThere) bytes -= entryBytes(utf8Length(name));
    }
    for (const name of known) bytes -= entryBytes(utf8Length(name));
    return namesOf(bytes);
  }
}

const HEAD = 19;
const SMALL = 32;
const MOST = 100_000;

/** Bytes that an entry takes in a listing. */
function entryBytes(nameBytes: number): number {
  return Math.ceil((HEAD + nameBytes + 1) / 8) * 8;
}

/** Names whose entries take so many bytes together; none if no names do. */
function namesOf(bytes: number): string[] {
  if (bytes < entryBytes(1) || bytes % 8 !== 0) return [];
  const count = Math.min(MOST, Math.floor(bytes / SMALL));
  const rest = bytes - count * SMALL;
  // Names of eight bytes take 32; one longer or one short name takes up the rest.
  const names = Array.from({ length: count }, (_, i) => `u${String(i).padStart(7, '0')}`);
  if (rest === entryBytes(1)) names.push('u0');
  else if (rest > 0 && names.length > 0) names[0] = `u${'-'.repeat(rest)}0000000`;
  return names;
}

function utf8Length(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
