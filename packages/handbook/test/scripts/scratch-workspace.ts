/**
 * A throw-away workspace in the temporary folder, in which the scripts of the handbook run for real
 * while npm and the compiler are replaced by stand-ins of a few lines: nothing is downloaded, and a
 * run takes a fraction of a second.
 *
 * The stand-in compiler copies each .ts to its .js, appends its arguments to `calls`, and fails
 * when a source contains `does not compile`. The stand-in npm writes the record of an install.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const handbook = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

const compiler = `
const fs = require('node:fs');
fs.appendFileSync('calls', 'tsc ' + process.argv.slice(2).join(' ') + '\\n');
const from = 'packages/toy/src', to = 'packages/toy/dist/src';
fs.mkdirSync(to, { recursive: true });
for (const name of fs.readdirSync(from)) {
  const text = fs.readFileSync(from + '/' + name, 'utf8');
  if (text.includes('does not compile')) process.exit(1);
  fs.writeFileSync(to + '/' + name.replace('.ts', '.js'), text);
}
fs.writeFileSync('packages/toy/dist/.tsbuildinfo', String(process.hrtime.bigint()));
`;

const npm = `
const fs = require('node:fs');
fs.appendFileSync('calls', 'npm ' + process.argv.slice(2, 3).join(' ') + '\\n');
if (fs.existsSync('npm-fails')) process.exit(1);
if (fs.existsSync('npm-is-slow')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
const put = (name, text) => {
  fs.mkdirSync(require('node:path').dirname('node_modules/' + name), { recursive: true });
  fs.writeFileSync('node_modules/' + name, text);
};
put('typescript/bin/tsc', fs.readFileSync('tsc.cjs', 'utf8'));
put('jest/bin/jest.js', fs.existsSync('jest.cjs') ? fs.readFileSync('jest.cjs', 'utf8') : '');
put('.bin/daxsim', '');
fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
`;

const vanishing = (name: string): string => `
const fs = require('node:fs');
const read = fs.readFileSync;
let isGone = false;
fs.readFileSync = (file, ...rest) => {
  if (!isGone && String(file).endsWith('/${name}')) {
    isGone = true;
    fs.rmSync(file, { force: true });
  }
  return read(file, ...rest);
};
require('node:module').syncBuiltinESMExports();
`;

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class ScratchWorkspace {
  readonly root = mkdtempSync(path.join(tmpdir(), 'daxsim-house-'));

  constructor() {
    for (const name of ['setup.mjs', 'long.mjs', 'golden.mjs', 'wrap.mjs']) {
      cpSync(path.join(handbook, name), path.join(this.root, 'packages/handbook', name));
    }
    cpSync(
      path.join(handbook, 'jest.long.config.mjs'),
      path.join(this.root, 'packages/handbook/jest.long.config.mjs'),
    );
    this.write('package.json', '{ "type": "module", "engines": { "node": ">=20.19" } }');
    this.write('package-lock.json', lockFile('1.0.0'));
    this.write('tsconfig.json', '{}');
    this.write('tsconfig.base.json', '{}');
    this.write('tsc.cjs', compiler);
    this.write('npm.cjs', npm);
    this.write('packages/toy/package.json', '{ "type": "module" }');
    this.write('packages/toy/tsconfig.json', '{}');
    this.write('packages/toy/src/a.ts', 'export const a = 1;\n');
  }

  write(name: string, text: string): void {
    const full = path.join(this.root, name);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  read(name: string): string {
    return readFileSync(path.join(this.root, name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(path.join(this.root, name));
  }

  remove(name: string): void {
    rmSync(path.join(this.root, name), { recursive: true, force: true });
  }

  /** Runs a script of the handbook; what npm and the compiler were called for is in `calls()`. */
  run(script: string, ...words: string[]): Outcome {
    this.write('calls', '');
    const result = spawnSync(process.execPath, [this.program(script), ...words], {
      cwd: this.root,
      encoding: 'utf8',
      env: this.environment(),
    });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  /** Like `run`, without waiting and without forgetting earlier calls. */
  start(script: string, ...words: string[]): Promise<Outcome> {
    const child = spawn(process.execPath, [this.program(script), ...words], {
      cwd: this.root,
      env: this.environment(),
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    return new Promise((resolve) => {
      child.on('close', (status) => {
        resolve({ status, stdout, stderr });
      });
    });
  }

  /** Like `run`; a file of that name is removed by somebody else just before it is first read. */
  runWithVanishing(name: string, script: string, ...words: string[]): Outcome {
    this.write('vanishing.cjs', vanishing(name));
    const result = spawnSync(process.execPath, [this.program(script), ...words], {
      cwd: this.root,
      encoding: 'utf8',
      env: { ...this.environment(), NODE_OPTIONS: `--require ${this.root}/vanishing.cjs` },
    });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  private program(script: string): string {
    return path.join(this.root, 'packages/handbook', script);
  }

  private environment(): NodeJS.ProcessEnv {
    return { ...process.env, npm_execpath: path.join(this.root, 'npm.cjs') };
  }

  calls(): string[] {
    return this.read('calls')
      .split('\n')
      .filter((line) => line !== '');
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export function lockFile(version: string): string {
  return JSON.stringify({
    packages: {
      '': {},
      'node_modules/typescript': { version },
      'node_modules/jest': { version: '1.0.0' },
    },
  });
}
