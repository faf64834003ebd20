import Studio from '../../studio/build/index.js';
import { breakableWorker } from './faults.mjs';

// The classes of its objects: the runtime looks for them here.
export * from '../../studio/build/index.js';
export default breakableWorker(Studio);
