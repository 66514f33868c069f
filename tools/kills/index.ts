export { runKills, type KillsOptions, type KillsResult } from './run-kills.js';
