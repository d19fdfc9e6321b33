/** How the class-balanced loss is normalised; see `balancedWeights`. */
export const lossForms = ['sum', 'mean', 'balanced'] as const;
export type LossForm = (typeof lossForms)[number];
