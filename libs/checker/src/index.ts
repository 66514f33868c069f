export const checker = 1;
