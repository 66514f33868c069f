/** Ends what start-rocketmq.js started. */
export default async function stopRocketMq() {
  await globalThis.endRocketMqOfTests?.();
}
