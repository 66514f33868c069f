export const ordering = 1;
