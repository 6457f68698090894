/**
 * Judges a scenario by the values that its reads may return: every file is a row of registers, see
 * register-oracle.ts. For scenarios that state no checks of their own.
 */
import { IntColumn } from '@daxsim/sim';
import { FileBytes } from './file-bytes.js';
import { RegisterOracle } from './register-oracle.js';
import { planScenario } from './scenario.js';
import { ScenarioSystem } from './scenario-system.js';
import type { CallEnd, ScenarioJudge, ScenarioSetting } from './scenario-system.js';
import type { ScenarioConfig } from './config.js';
import type { Scenario, ScenarioCall } from './scenario.js';

/** A scenario without checks, ready to be explored. */
export function registerSystem(
  config: ScenarioConfig,
  setting: ScenarioSetting,
): ScenarioSystem<ScenarioCall> {
  const scenario = planScenario(config);
  const { setup, threads } = scenario;
  const parts = { mediaBytes: config.media_bytes, stripeBlocks: 0, setup, threads };
  return new ScenarioSystem(parts, setting, (system) => new RegisterJudge(scenario, system));
}

class RegisterJudge implements ScenarioJudge<ScenarioCall> {
  private readonly oracle: RegisterOracle;
  /** Cell 0: 1 after a read saw what it may not; state, so that no known state hides it. */
  private readonly isBroken: IntColumn;
  private broken = '';

  constructor(
    private readonly scenario: Scenario,
    private readonly system: ScenarioSystem<ScenarioCall>,
  ) {
    const { borders, values, threads } = scenario;
    this.oracle = new RegisterOracle(system.space, borders, values, threads.length + 1);
    this.isBroken = new IntColumn(system.space, 'scenario.broken');
  }

  starts(): void {
    // Nothing to note.
  }

  began(task: number, call: ScenarioCall): void {
    const { checked } = call;
    if (checked === null) return;
    const { file, from, to, write } = checked;
    if (checked.kind === 'write') this.oracle.writeBegins(write, file, from, to);
    else this.oracle.readBegins(task, file, from, to);
  }

  finished(task: number, { checked }: ScenarioCall, end: CallEnd): number {
    if (checked?.kind === 'write') {
      this.oracle.writeEnds(checked.write, checked.file, checked.from, checked.to, end.isOk);
    }
    if (checked?.kind === 'read') {
      this.oracle.readEnds(task, checked.file, checked.from, checked.to);
    }
    return 0;
  }

  saw(
    task: number,
    call: ScenarioCall,
    fileOffset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    if (call.checked?.kind !== 'read' || this.isBroken.get(0) !== 0) return;
    const { file } = call.checked;
    for (let i = 0; i < length; i += 1) {
      const wrong = this.oracle.judge(task, file, fileOffset + i, bytes[at + i] ?? 0);
      if (wrong === null) continue;
      const name = this.scenario.files[file] ?? '?';
      this.isBroken.set(0, 1);
      this.broken = `${call.text} at byte ${String(fileOffset + i)} of ${name} ${wrong}`;
      return;
    }
  }

  byteOf(source: number): number {
    return this.scenario.values[source] ?? 0;
  }

  isOver(): boolean {
    return false;
  }

  afterAction(): string | null {
    return this.isBroken.get(0) === 0 ? null : this.broken;
  }

  atEnd(): string | null {
    const bytes = new FileBytes(this.system.system.world);
    for (const [index, name] of this.scenario.files.entries()) {
      const content = bytes.read(name);
      if (content === null) continue;
      for (let offset = 0; offset < content.length; offset += 1) {
        const wrong = this.oracle.judgeAtEnd(index, offset, content[offset] ?? 0);
        if (wrong !== null) return `at the end, byte ${String(offset)} of ${name}: ${wrong}`;
      }
    }
    return null;
  }
}
