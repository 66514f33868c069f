// node tools/scripts/run.mjs tools/launcher/start.js --help   runs dist/tools/launcher/start.js, built first if need be.

// No static import: an old Node would stumble over it before it could be told what is wrong.
const leastNode = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1])) {
  console.error(`Node ${leastNode.join('.')} or newer is needed; this is ${process.versions.node}.`);
  process.exitCode = 1;
} else {
  void import('./run-built.mjs');
}
