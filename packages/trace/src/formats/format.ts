/**
 * What a trace format has to be: a name, a test of content, and a reader. Detection looks at the
 * first bytes of the (unpacked) trace and never at its name, because traces are renamed, packed
 * and piped; the tests of two formats may not both accept one trace, which the contract test
 * checks.
 */
import type { ByteSource } from '../byte-source.js';
import { LineReader, type LineParser } from '../line-reader.js';
import type { ParseContext } from '../parse-context.js';
import type { TraceReader } from '../reader.js';

/** How many bytes detection is given to look at. */
export const sampleBytes = 64 * 1024;

export interface TraceFormat {
  readonly name: string;
  /** One line for `catalog` and for the message that no format fits. */
  readonly describe: string;
  /** Which keys its `as_recorded` counts have: see info.ts. */
  readonly family: 'fio' | 'strace' | 'blkparse' | 'memory' | 'container';
  detect(sample: Uint8Array): boolean;
  open(source: ByteSource, context: ParseContext): Promise<TraceReader>;
}

/** Declares a format that is lines of text. */
export function lineFormat(parts: {
  readonly name: string;
  readonly describe: string;
  readonly family: TraceFormat['family'];
  readonly detect: (sample: Uint8Array) => boolean;
  readonly parser: (context: ParseContext) => LineParser;
  /** What ends a line, if not a line feed. */
  readonly lineEnd?: number;
}): TraceFormat {
  const { name, describe, family, detect, parser, lineEnd } = parts;
  return {
    name,
    describe,
    family,
    detect,
    open: (source, context) =>
      Promise.resolve(new LineReader(name, source, context, parser(context), lineEnd)),
  };
}

/** First lines of a form that is words between blanks: one space between them, none around. */
export function columnLines(sample: Uint8Array): string[] {
  return firstLines(sample, 200).map((text) => text.trim().replace(/\s+/g, ' '));
}

/** The complete lines at the start of a sample, for detection; at most `count`. */
export function firstLines(sample: Uint8Array, count: number): string[] {
  const text = Buffer.from(sample.buffer, sample.byteOffset, sample.length).toString('latin1');
  const lines = text.split('\n', count + 1);
  if (lines.length > 1 && (lines.length <= count || sample.length >= sampleBytes)) lines.pop();
  return lines.slice(0, count);
}
