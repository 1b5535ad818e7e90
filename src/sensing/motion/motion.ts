export interface MotionSensing { fold(...a: any[]): any[]; advance(...a: any[]): any[]; nextDue(): number; follow(m: any): void }
export const createMotionSensing = (_: any): MotionSensing => ({ fold: () => [], advance: () => [], nextDue: () => Infinity, follow() {} });
