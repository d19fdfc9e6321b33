/** Where the picture lies in the full output of a transposed convolution; see `cropOffset`. */
export const cropRules = ['fixed', 'center'] as const;
export type CropRule = (typeof cropRules)[number];
