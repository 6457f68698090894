/**
 * JSON Schemas of all configuration files, made from the schemas that check them, so that an editor
 * completes and explains what the program accepts. They lie in `configs/schema/`;
 * `packages/lab/write-schemas.mjs` writes them, and a test holds them against the code.
 */
import { fileSystemConfig } from '@daxsim/daxfs';
import { machineConfig } from '@daxsim/pmem';
import { z } from 'zod';
import { scenarioConfig } from '../explore/config.js';
import { injectionConfig } from '../inject/config.js';

const schemas = {
  machine: machineConfig,
  filesystem: fileSystemConfig,
  experiment: scenarioConfig,
  injection: injectionConfig,
} as const;

/** Text of each schema file by its name. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, schema] of Object.entries(schemas)) {
    const json = z.toJSONSchema(schema, {
      io: 'input',
      unrepresentable: 'any',
      target: 'draft-2020-12',
    });
    files.set(`${name}.schema.json`, `${JSON.stringify(json, null, 2)}\n`);
  }
  return files;
}
