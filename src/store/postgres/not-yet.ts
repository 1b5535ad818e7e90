// Placeholder while the store is being built.
export const notYet = (operation: string): Promise<never> => Promise.reject(new Error(`${operation} is not there yet`));
