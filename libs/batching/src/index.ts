export const batching = 1;
