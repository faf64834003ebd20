import Edge from '../../edge/build/index.js';
import { breakableWorker } from './faults.mjs';

export default breakableWorker(Edge);
