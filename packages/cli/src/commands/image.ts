/** `image` and `fsck`: devices as files, made, looked into and checked. */
import {
  checkImage,
  contentsOf,
  deviceBytesOf,
  imageFacts,
  imageLines,
  newDevice,
  parseAgeing,
  saveImage,
  BLANK_BYTE,
} from '@daxsim/lab';
import { ExitStatus, withCommonOptions } from './command.js';
import { Output } from '../output.js';
import type { Command } from 'commander';
import type { ImageReport } from '@daxsim/lab';
import type { CommonOptions } from '../output.js';

interface SaveOptions extends CommonOptions {
  readonly deviceBytes: string;
  readonly ageing?: string;
}

export function addImage(program: Command): void {
  const image = program.command('image').description('save a device as a file, or look into one');
  const save = image
    .command('save')
    .description('make a device with a new file system, and save it')
    .argument('<file>', 'where the image goes')
    .option('--device-bytes <size>', 'size of the device; the file holds what is in use', '1GiB')
    .option(
      '--ageing <profile>',
      'FULLNESS:BLOCKS=SHARE,…: what is in use, and runs of free blocks',
    );
  withCommonOptions(save).action(runSave);
  const open = image
    .command('open')
    .description('say what an image holds; status 1 if its file system is damaged')
    .argument('<image>', 'a file that image save or replay --save-image made');
  withCommonOptions(open).action(runOpen);
  const check = program
    .command('fsck')
    .description('check an image; its log is recovered in memory first')
    .argument('<image>', 'a file that image save or replay --save-image made');
  withCommonOptions(check).action(runFsck);
}

function runSave(path: string, options: SaveOptions): void {
  const output = new Output(options);
  const ageing = options.ageing === undefined ? null : parseAgeing(options.ageing);
  const memory = newDevice(deviceBytesOf(options.deviceBytes), ageing, options.seed);
  const image = imageFacts(path, saveImage(memory, path, BLANK_BYTE));
  const contents = contentsOf(memory);
  const saved = { image, recovery: null, errors: 0, problems: [], contents };
  output.lines(imageLines(saved));
  output.json({
    ...output.head('image-save'),
    partial: false,
    config: { device_bytes: image.capacity_bytes, ageing: options.ageing ?? null },
    ...saved,
  });
}

function runOpen(path: string, options: CommonOptions): void {
  const output = new Output(options);
  const report = checkImage(path);
  output.lines(imageLines(report));
  finish('image-open', report, output);
}

function runFsck(path: string, options: CommonOptions): void {
  const output = new Output(options);
  const report = checkImage(path);
  const lines = imageLines({ ...report, contents: null });
  output.lines(lines);
  output.line(report.errors === 0 ? 'clean' : `${report.errors} problems`);
  finish('fsck', report, output);
}

function finish(command: string, report: ImageReport, output: Output): void {
  const { path } = report.image;
  output.json({ ...output.head(command), partial: false, config: { image: path }, ...report });
  if (report.errors > 0) process.exitCode = ExitStatus.Found;
}
