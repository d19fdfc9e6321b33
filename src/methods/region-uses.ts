/** How the region around the objects is seen: `auto`: in place of the frame; `too`: beside it. */
export const regionUses = ['auto', 'too'] as const;
export type RegionUse = (typeof regionUses)[number];
