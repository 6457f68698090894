/** Tests that take minutes: `x.long.test.ts`, run by `npm run test:long` one file at a time. */
import base from '../../jest.config.mjs';

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/packages/*/dist/**/*.long.test.js'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 3_600_000,
};
