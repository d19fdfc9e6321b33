// Writes oclif.manifest.json from the built commands, as `oclif manifest` does. The package `oclif` itself would bring
// a hundred others (its release tools) for this one call into @oclif/core.
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const plugin = new Plugin({
  root,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
});
await plugin.load();

const file = path.join(root, 'oclif.manifest.json');
writeFileSync(`${file}.tmp`, `${JSON.stringify(plugin.manifest, null, 2)}\n`);
renameSync(`${file}.tmp`, file);
