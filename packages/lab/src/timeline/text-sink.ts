/** Where streamed text goes: a file, written in pieces and never held whole. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { ConfigError } from '@daxsim/sim';

export interface TextSink {
  write(text: string): void;
  /** Writes what is left; nothing may be written afterwards. */
  close(): void;
}

const PIECE_CHARACTERS = 65536;

/** Collects small texts and writes them in pieces. */
export class FileSink implements TextSink {
  private readonly file: number;
  private waiting = '';

  /** Throws `ConfigError` if the file cannot be made. */
  constructor(path: string) {
    try {
      this.file = openSync(path, 'w');
    } catch (error) {
      const found = error instanceof Error ? error.message : 'it cannot be opened';
      throw new ConfigError({ where: path, found, allowed: 'a file that can be written' });
    }
  }

  write(text: string): void {
    this.waiting += text;
    if (this.waiting.length >= PIECE_CHARACTERS) this.flush();
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private flush(): void {
    const bytes = Buffer.from(this.waiting, 'utf8');
    this.waiting = '';
    for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at);
  }
}
