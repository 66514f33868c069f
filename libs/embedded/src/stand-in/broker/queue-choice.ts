import { jump } from '@seckill/ordering';

/**
 * The queue of a message group, the same that RocketMQ's proxy chooses: consistent hashing of Java's string hash
 * (RocketMQ `SendMessageActivity.java`; Guava's `Hashing.consistentHash` is a jump hash).
 */
export function queueOfGroup(messageGroup: string, queues: number): number {
  let hash = 0;
  for (let i = 0; i < messageGroup.length; i++) hash = (Math.imul(hash, 31) + messageGroup.charCodeAt(i)) | 0;
  return jump(BigInt(hash), queues);
}
