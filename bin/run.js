#!/usr/bin/env node
const unready = (error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('osvos is not set up in this folder yet: run `npm run setup` (node scripts/setup.mjs) once');
  process.exit(1);
};
const { endQuietlyOnClosedPipe, endWithFailure } = await import('../dist/terminal/exit.js').catch(unready);
const { flush, run } = await import('@oclif/core').catch(unready);
endQuietlyOnClosedPipe();
if (process.argv.length === 2) process.exitCode = 2; // only help is printed: nothing was asked for
await run(process.argv.slice(2), import.meta.url).then(() => flush(), endWithFailure);
