/** Set-up's modules are plain JavaScript without types: what the tests use of them. */
export interface SetupModules {
  webgpu: {
    webgpuFolder: (root: string) => string;
    mustBe: (file: string, integrity: string, what: string) => void;
    isComplete: (folder: string, packages: { name: string; version: string; files: string[] }[]) => boolean;
  };
  lock: { lock: (folder: string, options?: { waitMs?: number }) => Promise<() => void> };
  packages: { whyStale: (root: string) => string | undefined };
  cache: { cacheFolder: (env: NodeJS.ProcessEnv, platform: NodeJS.Platform, home: string) => string };
  'tensorflow-addon': {
    placeAddon: (
      native: { folder: string },
      addon: string,
      tensorflow: string,
    ) => { undo: () => void; keep: () => void };
  };
}

/** Loads `scripts/setup/<name>.mjs`. */
export async function setupModule<Name extends keyof SetupModules>(name: Name): Promise<SetupModules[Name]> {
  const file = new URL(`../../scripts/setup/${name}.mjs`, import.meta.url).href;
  return (await import(file)) as SetupModules[Name];
}
