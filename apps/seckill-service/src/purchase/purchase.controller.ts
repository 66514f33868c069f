import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { InventoryClient, InventoryUnavailableError } from '@seckill/inventory-client';
import { RocketMqContext, UnavailableError, UnprocessableError } from '@seckill/messaging';
import { PURCHASE_PATTERN, type DecideResult, type Purchase } from '@seckill/purchase';

/** Lets inventory decide, and answers with the stored outcome. Purchase and outcome pass through unchanged. */
@Controller()
export class PurchaseController {
  constructor(private readonly inventory: InventoryClient) {}

  /**
   * @throws UnavailableError while inventory is unreachable: the outcome is not known, and no attempt is counted
   * @throws UnprocessableError for a purchase that can never be decided
   */
  @MessagePattern(PURCHASE_PATTERN)
  async purchase(
    @Payload() purchase: Purchase,
    @Ctx() { requestId }: RocketMqContext,
  ): Promise<DecideResult> {
    // An older gateway sends it in the envelope alone.
    purchase.requestId ||= requestId;
    // The waiter goes by the envelope's. Decided under another one, its buyer would get the outcome of another request.
    if (purchase.requestId !== requestId)
      throw new UnprocessableError('the purchase and its envelope have different request ids', 'INVALID');
    const decided = await this.inventory.decide(purchase).catch((error: unknown) => {
      throw error instanceof InventoryUnavailableError
        ? new UnavailableError(error.message, { cause: error })
        : error;
    });
    const { $case, value } = decided.result;
    if ($case === 'refusal') throw new UnprocessableError(value.message, value.reason.toUpperCase());
    return decided;
  }
}
