export { hash64 } from './hash64.js';
export { jump, laneOf } from './jump.js';
export { rendezvous, Rendezvous } from './rendezvous.js';
