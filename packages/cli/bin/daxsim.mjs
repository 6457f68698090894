#!/usr/bin/env node
import './host-flags.mjs';

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const { main } = await import('../dist/src/main.js');
process.exitCode = await main(process.argv.slice(2));
