import edge from '../../edge/entry.js';
import { breakableWorker } from './faults.mjs';

export default breakableWorker(edge);
