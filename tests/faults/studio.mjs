import Studio, * as studio from '../../studio/build/index.js';
import { breakableObject, breakableWorker } from './faults.mjs';

// The classes of its objects: the runtime looks for them here.
export * from '../../studio/build/index.js';
export const Ledger = breakableObject(studio.Ledger);
export const Visitors = breakableObject(studio.Visitors);
export default breakableWorker(Studio);
