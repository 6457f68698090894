/** Tests run on compiled output: what is tested is what ships. */
export default {
  testEnvironment: 'node',
  transform: {},
  coverageProvider: 'v8',
  testMatch: ['<rootDir>/packages/*/dist/**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/', '\\.long\\.test\\.js$'],
  maxWorkers: 2,
};
