/** Which space-time memory networks there are, without the tensor library. */

/** Trunks that memory networks stand on; `resnet50` is torchvision's, with its strides on the 3×3 convolutions. */
export const memoryTrunkNames = ['resnet18', 'resnet50'] as const;
export type MemoryTrunkName = (typeof memoryTrunkNames)[number];

/**
 * Where a memory's keys come from: from picture and mask (`masked`, Oh et al. 2019), so that each object has keys of
 * its own, or from the picture alone (`image`, Cheng et al. 2021), so that all objects share them.
 */
export type MemoryKeys = 'masked' | 'image';

export interface MemoryArchitecture {
  trunk: MemoryTrunkName;
  keys: MemoryKeys;
}

/** Channels: of keys, of values, and of the decoder's maps. */
export interface MemoryWidths {
  key: number;
  value: number;
  decoder: number;
}

/** Those of ResNet-50 are the paper's (Oh et al. 2019, § 3.1). */
export const memoryWidths: Readonly<Record<MemoryTrunkName, MemoryWidths>> = {
  resnet18: { key: 64, value: 256, decoder: 128 },
  resnet50: { key: 128, value: 512, decoder: 256 },
};

/** Pixels of a frame, on a side, for each cell of keys and values. */
export const MEMORY_STRIDE = 16;

/** Name under which files say what they hold. */
export type MemoryArchitectureName = `${'stm' | 'stcn'}-${MemoryTrunkName}`;

export function architectureName({ trunk, keys }: MemoryArchitecture): MemoryArchitectureName {
  return `${keys === 'image' ? 'stcn' : 'stm'}-${trunk}`;
}

/** Undefined where the name is not one of `architectureName`. */
export function parseArchitecture(name: string | undefined): MemoryArchitecture | undefined {
  const [, family, trunk] = /^(stm|stcn)-(.+)$/.exec(name ?? '') ?? [];
  const known = memoryTrunkNames.find((candidate) => candidate === trunk);
  return known && { trunk: known, keys: family === 'stcn' ? 'image' : 'masked' };
}
