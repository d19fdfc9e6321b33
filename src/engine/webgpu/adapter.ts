/** Graphics cards as Dawn shows them. */

/** The parts of `GPUAdapterInfo` that name a card; empty where the driver does not tell. */
export interface AdapterInfo {
  vendor: string;
  architecture: string;
  device: string;
  /** The driver, with its version. */
  description: string;
  /** It computes on the processor. */
  isFallbackAdapter: boolean;
}

/** Ends the name of an adapter that computes on the processor: slower than engine `wasm`, and no card. */
const SOFTWARE = ', software)';

/**
 * One line for the first line of a run, `doctor` and the run record.
 *
 * @example 'nvidia-geforce-rtx-3060 (nvidia ampere, NVIDIA: 550.54.14)'
 */
export function nameAdapter({
  vendor,
  architecture,
  device,
  description,
  isFallbackAdapter,
}: AdapterInfo): string {
  const maker = [vendor, architecture].filter((word) => word !== '').join(' ');
  const details = [maker, description].filter((text) => text !== '').join(', ') || 'unnamed';
  const name = `${device.replace(/-+$/, '') || 'card'} (${details})`;
  return isFallbackAdapter ? name.replace(/\)$/, SOFTWARE) : name;
}

/** Whether the device of that name is an adapter that computes on the processor. */
export function isSoftware(device: string): boolean {
  return device.endsWith(SOFTWARE);
}

/** What a system needs for its cards to be reached. */
export function neededDriver(platform: NodeJS.Platform = process.platform): string {
  switch (platform) {
    case 'darwin':
      return 'a Mac with Metal (all of 2012 and later)';
    case 'win32':
      return 'the card’s driver with Direct3D 12 (or Vulkan)';
    default:
      return 'the card’s driver with Vulkan 1.1 or later and the Vulkan loader (Debian, Ubuntu: libvulkan1 and mesa-vulkan-drivers, or NVIDIA’s driver; `vulkaninfo --summary` lists cards)';
  }
}
