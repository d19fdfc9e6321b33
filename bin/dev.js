#!/usr/bin/env node
// runs the TypeScript sources, without a build
import { register } from 'tsx/esm/api';

register();
const { endQuietlyOnClosedPipe, endWithFailure } = await import('../src/terminal/exit.ts');
const { sourceConfig } = await import('../src/terminal/source-config.ts');
const { flush, run } = await import('@oclif/core');
endQuietlyOnClosedPipe();
if (process.argv.length === 2) process.exitCode = 2; // only help is printed: nothing was asked for
await run(process.argv.slice(2), await sourceConfig()).then(() => flush(), endWithFailure);
