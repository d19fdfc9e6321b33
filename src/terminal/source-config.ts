import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config, Plugin, settings } from '@oclif/core';

type PackageJson = NonNullable<ConstructorParameters<typeof Config>[0]['pjson']>;

/**
 * The program as its TypeScript sources have it, for bin/dev.js and the tests: no build and no oclif.manifest.json,
 * which may both be old, are looked at. Needs tsx.
 */
export async function sourceConfig(): Promise<Config> {
  const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '');
  const pjson = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as PackageJson;
  const commands = { ...(pjson.oclif.commands as object), target: './src/commands' };
  const sources = { ...pjson, oclif: { ...pjson.oclif, commands } } as PackageJson;
  settings.enableAutoTranspile = false; // tsx runs already
  const plugin = new Plugin({ isRoot: true, pjson: sources, root, ignoreManifest: true, name: sources.name });
  await plugin.load();
  return Config.load({ root, pjson: sources, plugins: new Map([[plugin.name, plugin]]) });
}
