/** By how much longer than on an idle machine anything in a test may take. */
export const PATIENCE = 4;
