import Studio from '../../studio/build/index.js';
import { breakableWorker } from './faults.mjs';

export * from '../../studio/build/index.js';
export default breakableWorker(Studio);
