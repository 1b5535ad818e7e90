export interface TrafficSensing { fold(...a: any[]): any[]; track(...a: any[]): any[]; follow(m: any): void }
export const createTrafficSensing = (_: any): TrafficSensing => ({ fold: () => [], track: () => [], follow() {} });
