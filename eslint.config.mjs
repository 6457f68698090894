/**
 * Typed lint. Strict where it finds mistakes, silent where it would fight code that is meant to be
 * plain: numbers in templates, typed arrays without `undefined`, comparisons that document a state.
 *
 * The bans repeat the table of the handbook (packages/handbook/src/rules), so that an editor shows
 * them while typing; the handbook's test is the judge.
 */
import tseslint from 'typescript-eslint';

const sources = ['packages/*/src/**/*.ts', 'packages/*/test/**/*.ts'];
const belowCli = ['sim', 'pmem', 'trace', 'daxfs', 'lab'].map((name) => `packages/${name}/**/*.ts`);
const core = ['sim', 'pmem', 'daxfs'].map((name) => `packages/${name}/src/**/*.ts`);
const tests = ['packages/*/test/**/*.ts', 'packages/*/src/**/*.test.ts'];

function bannedGlobals(names, message) {
  return names.map((name) => ({ name, message }));
}

function bannedMembers(object, properties, message) {
  return properties.map((property) => ({ object, property, message }));
}

const hostGlobals = [
  ...bannedGlobals(['Date', 'performance'], 'Simulated ticks here; host time belongs to cli.'),
  ...bannedGlobals(['setTimeout', 'setInterval', 'setImmediate'], 'Schedule an event at a tick.'),
  ...bannedGlobals(['queueMicrotask'], 'Schedule an event at a tick.'),
  ...bannedGlobals(['crypto'], 'Ask the decider, or use a seeded prng.'),
  ...bannedGlobals(['Intl'], 'Plain digits and code unit order.'),
  ...bannedGlobals(['console'], 'Return a report; cli prints it.'),
];

const hostMembers = [
  ...bannedMembers('Math', ['random'], 'Ask the decider, or use a seeded prng.'),
  ...bannedMembers('Math', ['pow'], 'Its last bits differ between Node versions; multiply.'),
  ...bannedMembers('process', ['hrtime', 'nextTick'], 'Host time and order belong to cli.'),
  ...['toLocaleString', 'toLocaleUpperCase', 'toLocaleLowerCase', 'localeCompare'].map(
    (property) => ({ property, message: 'Output must not depend on the language of the host.' }),
  ),
];

const hostConfig = bannedMembers(
  'process',
  ['env', 'argv', 'exit', 'stdout', 'stderr'],
  'A config field or a returned report; cli talks to the host.',
);

const power = {
  selector:
    "BinaryExpression[operator='**']:not([left.type='Literal'][right.type='Literal']), AssignmentExpression[operator='**=']",
  message: 'Its last bits differ between Node versions; multiply, or use two literals.',
};

const libraries = {
  zod: 'Only in config files and stage definitions.',
  '@msgpack/msgpack': 'Only in the trace container and in saved states.',
  commander: 'Only in cli.',
  'sharp-timer': 'Only in cli.',
};

/** Bars the libraries named; the others stay open to the files of the block it is used in. */
function barred(...names) {
  const paths = names.map((name) => ({ name, message: libraries[name] }));
  const patterns = [{ group: ['@daxsim/*/*'], message: 'A package is entered by its index.' }];
  return { 'no-restricted-imports': ['error', { paths, patterns }] };
}

const forHotPaths = {
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  '@typescript-eslint/restrict-plus-operands': ['error', { allowNumberAndString: true }],
  '@typescript-eslint/no-unnecessary-condition': 'off',
  '@typescript-eslint/no-non-null-assertion': 'off',
  '@typescript-eslint/no-extraneous-class': 'off',
  '@typescript-eslint/prefer-literal-enum-member': 'off',
  '@typescript-eslint/no-confusing-void-expression': 'off',
  // The compiler reports unused names; two judges would need two spellings of every exception.
  '@typescript-eslint/no-unused-vars': 'off',
};

const forOrder = {
  eqeqeq: 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-param-reassign': 'off',
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true },
  ],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'out/**', 'coverage/**', '**/fixtures/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: sources,
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: 'packages/*/tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: { ...forHotPaths, ...forOrder, ...barred(...Object.keys(libraries)) },
  },
  {
    files: [
      'packages/*/src/**/{*-,}{config,figure,schema}{-*,}{.test,}.ts',
      'packages/pmem/src/**/*.ts',
    ],
    rules: barred('@msgpack/msgpack', 'commander', 'sharp-timer'),
  },
  {
    files: [
      'packages/trace/src/**/*container*.ts',
      'packages/trace/src/container/**/*.ts',
      'packages/*/src/**/*saved-state*.ts',
    ],
    rules: barred('zod', 'commander', 'sharp-timer'),
  },
  { files: ['packages/cli/src/**/*.ts'], rules: barred('zod', '@msgpack/msgpack') },
  {
    files: ['packages/cli/src/**/{*-,}{config,schema}{-*,}{.test,}.ts'],
    rules: barred('@msgpack/msgpack'),
  },
  {
    files: belowCli,
    rules: {
      'no-restricted-globals': ['error', ...hostGlobals],
      'no-restricted-properties': ['error', ...hostMembers, ...hostConfig],
      'no-restricted-syntax': ['error', power],
    },
  },
  {
    files: core,
    ignores: tests,
    rules: {
      'no-restricted-syntax': [
        'error',
        power,
        { selector: ':function[async=true]', message: 'A step of the simulation is synchronous.' },
      ],
    },
  },
  {
    files: tests,
    rules: {
      'no-restricted-properties': ['error', ...hostMembers],
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
