/**
 * Writes any reader's records as a container. Blocks go out as they fill; what is in memory is one
 * block. The output is written beside its name and renamed when the footer is on disk, so that a
 * file of that name is whole.
 */
import { open, rename, rm } from 'node:fs/promises';
import { TraceError } from '@daxsim/sim';
import type { NameTable } from '../name-table.js';
import type { TraceReader } from '../reader.js';
import { RecordBlock, blockRecords } from './columns.js';
import { FrameType, containerVersion, frame, magic } from './frame.js';
import type { ContainerFooter, ContainerHeader } from './frame.js';

/** Where bytes go. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * Writes a file under a temporary name and gives it its own when `produce` is done. Throws
 * TraceError where the system refuses to.
 */
export async function writeWhole(
  path: string,
  produce: (sink: ByteSink) => Promise<void>,
): Promise<void> {
  try {
    await writeBeside(path, produce);
  } catch (error) {
    // Errors of the host's files carry the call that failed; anything else is ours. They may come
    // from another realm, where `Error` is another one.
    const isOfHost = typeof error === 'object' && error !== null && 'syscall' in error;
    if (!isOfHost || !('message' in error)) throw error;
    throw new TraceError({ where: path, found: `cannot be written: ${String(error.message)}` });
  }
}

async function writeBeside(
  path: string,
  produce: (sink: ByteSink) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.partial`;
  const file = await open(temporary, 'w');
  try {
    await produce({
      write: async (bytes) => {
        await file.writeFile(bytes);
      },
    });
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Copies all records of `reader` into `sink` as a container; returns how many. */
export async function writeContainer(reader: TraceReader, sink: ByteSink): Promise<number> {
  const header: ContainerHeader = { version: containerVersion, origin: reader.origin };
  await sink.write(magic);
  await sink.write(frame(FrameType.Header, 0, header));
  const block = new RecordBlock();
  const told = { names: 0, calls: 0, tasks: 0 };
  let records = 0;
  do {
    while (reader.next()) {
      block.add(reader.record);
      records += 1;
      if (block.count === blockRecords) await sink.write(blockFrame(reader, block, told));
    }
  } while (await reader.fill());
  await sink.write(blockFrame(reader, block, told));
  await sink.write(frame(FrameType.Footer, records, footerOf(reader, records)));
  return records;
}

function blockFrame(
  reader: TraceReader,
  block: RecordBlock,
  told: { names: number; calls: number; tasks: number },
): Uint8Array {
  const content = {
    names: textsFrom(reader.names, told.names),
    calls: textsFrom(reader.calls, told.calls),
    taskIds: reader.taskIds.slice(told.tasks),
    columns: block.store(),
  };
  told.names = reader.names.size;
  told.calls = reader.calls.size;
  told.tasks = reader.taskIds.length;
  const bytes = frame(FrameType.Block, block.count, content);
  block.count = 0;
  return bytes;
}

function textsFrom(table: NameTable, first: number): string[] {
  const texts: string[] = [];
  for (let id = first; id < table.size; id += 1) texts.push(table.text(id));
  return texts;
}

function footerOf(reader: TraceReader, records: number): ContainerFooter {
  return {
    records,
    lines: reader.lines,
    badLineCount: reader.badLineCount,
    badLineNumbers: reader.badLineNumbers,
    skipped: Object.fromEntries(reader.skipped),
    tallies: Object.fromEntries(reader.tallies),
    notes: reader.notes,
    partial: reader.partial ?? '',
  };
}
