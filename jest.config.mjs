/** Tests run on compiled output: what is tested is what ships. */
export default {
  testEnvironment: 'node',
  transform: { '/packages/[^/]+/dist/.*\\.js$': '<rootDir>/packages/handbook/prepare-test.mjs' },
  coverageProvider: 'v8',
  testMatch: ['<rootDir>/packages/*/dist/**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/', '\\.long\\.test\\.js$'],
  maxWorkers: 2,
};
