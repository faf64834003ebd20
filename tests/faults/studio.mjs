import Studio from '../../studio/build/index.js';
import { breakableWorker } from './faults.mjs';

export default breakableWorker(Studio);
