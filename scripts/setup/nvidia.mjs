/** The same question that `hasNvidiaDriver` in src/engine/machine.ts answers, which cannot be imported before the build. */
import { existsSync } from 'node:fs';

export function hasNvidiaDriver() {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl');
}
