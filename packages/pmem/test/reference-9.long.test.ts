import { holdBlocks } from './reference-blocks.js';

holdBlocks(8);
