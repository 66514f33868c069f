/** Ends the RocketMQ that these tests started. */
export default async function stopRocketMq() {
  await globalThis.rocketMqOfTests?.stop();
}
