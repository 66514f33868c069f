import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  InventoryClient,
  InventoryUnavailableError,
  PURCHASE_PATTERN,
  toPurchaseOutcome,
  type PurchaseReply,
  type PurchaseRequest,
} from '@seckill/inventory-client';
import { RocketMqContext, UnavailableError, UnprocessableError } from '@seckill/messaging';

/** Lets inventory decide, and answers with what is stored. */
@Controller()
export class PurchaseController {
  constructor(private readonly inventory: InventoryClient) {}

  /**
   * @throws UnavailableError while inventory cannot be reached: nothing is known then, and nothing counted
   * @throws UnprocessableError for a purchase that can never be decided
   */
  @MessagePattern(PURCHASE_PATTERN)
  async purchase(
    @Payload() request: PurchaseRequest,
    @Ctx() { requestId }: RocketMqContext,
  ): Promise<PurchaseReply> {
    const result = await this.inventory.decide({ requestId, ...request }).catch((error: unknown) => {
      throw error instanceof InventoryUnavailableError
        ? new UnavailableError(error.message, { cause: error })
        : error;
    });
    switch (result.kind) {
      case 'outcome':
        return { kind: 'outcome', outcome: toPurchaseOutcome(result.outcome) };
      case 'mismatch':
        return { kind: 'mismatch' };
      case 'refused':
        throw new UnprocessableError(result.message, result.reason.toUpperCase());
    }
  }
}
