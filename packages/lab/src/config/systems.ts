/**
 * Machines and file systems by name: `optane-100-1dimm`, `xfs-dax`, `xfs-dax@6.1`, or files.
 */
import {
  fileSystemConfig,
  lockPlan,
  overBase,
  personality,
  resolveFileSystem,
  type FileSystemChoice,
  type FileSystemConfig,
} from '@daxsim/daxfs';
import { machineConfig, parseMachineConfig, type MachineConfig } from '@daxsim/pmem';
import { ConfigError } from '@daxsim/sim';
import { loadConfig } from './catalog-files.js';
import { withPages } from './pages.js';

export interface MachineChoice {
  readonly name: string;
  readonly config: MachineConfig;
}

/**
 * Loads a machine, with `pages` of another size if they are given. Throws ConfigError for an
 * unknown name and for content that does not fit.
 */
export function loadMachine(name: string, pages?: string): MachineChoice {
  const { config } = loadConfig('machines', name, machineConfig);
  const machine = parseMachineConfig(config, name);
  return { name, config: pages === undefined ? machine : withPages(name, machine, pages) };
}

/**
 * Loads a file system; `@kernel` chooses its personality and that kernel's lock plan, `plan` a
 * lock plan, instead of those that the file names. Throws ConfigError.
 */
export function loadFileSystem(name: string, plan?: string): FileSystemChoice {
  const at = name.lastIndexOf('@');
  const isVersioned = at > 0 && !name.includes('/');
  const family = isVersioned ? name.slice(0, at) : name;
  const choice = resolveFileSystem(family, loadWithBase(family));
  if (!isVersioned) {
    return { ...choice, name, plan: plan === undefined ? choice.plan : lockPlan(plan) };
  }
  const values = personality(name);
  return { ...choice, name, personality: values, plan: lockPlan(plan ?? values.plan) };
}

/** A configuration with the prices of the one that it names as its base, and of that one's base. */
function loadWithBase(name: string, above: readonly string[] = []): FileSystemConfig {
  const { config } = loadConfig('filesystems', name, fileSystemConfig);
  const { basedOn } = config;
  if (basedOn === undefined) return config;
  if (above.includes(basedOn)) {
    const found = `"${basedOn}", which is based on it`;
    throw new ConfigError({ where: `${name}: basedOn`, found, allowed: 'another file system' });
  }
  return overBase(config, loadWithBase(basedOn, [...above, name]));
}
