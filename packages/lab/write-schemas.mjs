// Writes configs/schema/*.json from the compiled schemas: node packages/lab/write-schemas.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { schemaFiles } from './dist/src/config/json-schema.js';

const folder = fileURLToPath(new URL('../../configs/schema/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [name, text] of schemaFiles()) writeFileSync(folder + name, text);
