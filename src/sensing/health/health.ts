export interface HealthSensing { heard(...a: any[]): any[]; advance(...a: any[]): any[]; nextDue(): number; follow(m: any): void }
export const createHealthSensing = (_: any): HealthSensing => ({ heard: () => [], advance: () => [], nextDue: () => Infinity, follow() {} });
