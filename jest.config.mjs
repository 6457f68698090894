/** Tests run on compiled output: what is tested is what ships. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { selectsFiles, writeGroups } from './packages/handbook/test-groups.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));
const single = '<rootDir>/packages/*/dist/**/*.test.js';

export default {
  testEnvironment: 'node',
  transform: { '/packages/[^/]+/dist/.*\\.js$': '<rootDir>/packages/handbook/prepare-test.mjs' },
  coverageProvider: 'v8',
  testMatch: [selectsFiles(process.argv.slice(2)) ? single : `<rootDir>/${writeGroups(root)}/*.js`],
  testPathIgnorePatterns: ['/node_modules/', '\\.long\\.test\\.js$'],
  maxWorkers: 2,
};
