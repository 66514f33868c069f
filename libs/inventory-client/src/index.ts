export const inventoryclient = 1;
